"""An account that sends, for the tables of faults: its desk, and what becomes of what programs send by it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from portal import clock
from portal.checklist.checks.deliveries import WAITS_LONG
from portal.deliveries import pausing
from portal.store.tables import Delivery
from tests.sandbox.delivery_client import commit, deployment, repository
from tests.support.checklist import Sheet
from tests.support.deliveries import DeliveryOffice, build, delivery_office
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld


@dataclass(frozen=True)
class SendingSheet(Sheet):
    """``office``: where programs hand in what is to be sent."""

    office: DeliveryOffice


def sending(portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld) -> SendingSheet:
    """A saved account that may send everything, and has sent nothing yet."""
    office = delivery_office(portal, sandbox, tenant)
    return SendingSheet(portal, sandbox, tenant, office.account_id, office)


def send_a_build(sheet: Sheet) -> None:
    """A program sends a build, and the worker takes its turns."""
    _send_one(sheet, build(), "builds")


def send_to_no_issue(sheet: Sheet) -> None:
    """A deployment is of a repository Jira knows, and of an issue it does not."""
    about = [
        {"associationType": "issueIdOrKeys", "values": ["SHOP-4"]},
        {"associationType": "repository", "values": [{"repositoryId": "shop"}]},
    ]
    _send_one(sheet, repository(id="shop", commits=[commit()]), "development")
    _send_one(sheet, deployment(issueKeys=None, associations=about), "deployments")


def send_by_id(sheet: Sheet) -> None:
    """A deployment names its issue by the id alone."""
    about = [{"associationType": "issueIdOrKeys", "values": ["1010004"]}]
    _send_one(sheet, deployment(issueKeys=None, associations=about), "deployments")


def leave_waiting(sheet: Sheet) -> None:
    """A program sends a build, and the worker has no turn yet."""
    _office(sheet).accepted(build())


def pause(sheet: Sheet) -> None:
    """An admin pauses deliveries, and programs go on sending."""
    pausing.pause(sheet.work, sheet.account_id)
    leave_waiting(sheet)


def leave_too_long(sheet: Sheet) -> None:
    """No worker runs."""
    leave_waiting(sheet)
    came_at = clock.now() - WAITS_LONG - timedelta(minutes=1)
    with sheet.work.write() as session:
        of_account = Delivery.account_id == sheet.account_id
        session.execute(update(Delivery).where(of_account).values(received_at=came_at))


def have_trouble_beside(sheet: Sheet) -> None:
    """Another account sends to the same site: its last build was rejected, others have waited long."""
    beside = sending(sheet.portal, sheet.sandbox, sheet.tenant)
    _send_one(beside, build(key="NOPE-1"), "builds")
    pause(beside)
    leave_too_long(beside)


def _send_one(sheet: Sheet, item: dict[str, Any], data: str) -> None:
    office = _office(sheet)
    office.accepted(item, data)
    office.send()


def _office(sheet: Sheet) -> DeliveryOffice:
    assert isinstance(sheet, SendingSheet)
    return sheet.office
