"""The mails about support: the admins are told who asks, and who asked is told the answer."""

import re
from collections.abc import Callable

from portal.audit.permits import ON_REQUEST
from portal.people.support_access import access_of, allow, ask, decline, set_access
from portal.store.work import SUPPORT, Actor, Work
from tests.mail.conftest import Mailing
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.post import PostOffice
from tests.support.world import World


def test_admins_hear_who_asks_and_who_asked_hears_the_answer(
    mail_portal: Portal, office: PostOffice, deliver_mail: Callable[[], None]
) -> None:
    tenant, sue = mail_portal.world.tenant(), mail_portal.world.support()
    set_access(tenant.work(tenant.admin), ON_REQUEST)
    support = Person.of(mail_portal, sue)
    support.get(f"/support/tenants/{tenant.id}/visit")
    support.submit("Ask its admins", reason="Ticket 4711")
    deliver_mail()
    deliver_mail()
    (told,) = office.texts(tenant.admin.email)
    assert "Sue Support of the support staff asks to look into" in told and "Ticket 4711" in told
    assert office.texts(tenant.member.email) == []
    admin = Person.of(mail_portal, tenant.admin)
    (page,) = re.findall(r"https?://\S+", told)
    assert page.startswith(mail_portal.base_url)
    admin.get(page.removeprefix(mail_portal.base_url))
    admin.submit("Allow", hours="1")
    deliver_mail()
    (answer,) = office.texts(sue.email)
    assert f"An admin of {tenant.name} lets you look into it until" in answer
    (page,) = re.findall(r"https?://\S+", answer)
    support.get(page.removeprefix(mail_portal.base_url))
    support.submit("Open the visit", reason="Ticket 4711")
    assert support.page.h1 == f"Record of {tenant.name}"


def test_what_was_answered_before_the_mail_went_is_not_asked_any_more(
    mailing: Mailing, office: PostOffice
) -> None:
    world = World(mailing.store)
    tenant, sue, sam = world.tenant(), world.support(), world.support()
    set_access(tenant.work(tenant.admin), ON_REQUEST)
    for who, answer in ((sue, decline), (sam, lambda at, one: allow(at, one, "1"))):
        ask(Work(mailing.store, None, Actor(SUPPORT, who.user_id)), tenant.id, "Ticket 4711")
        (question,) = access_of(tenant.work(tenant.admin)).asking
        answer(tenant.work(tenant.admin), question.id)
    mailing.work_off()
    assert office.texts(tenant.admin.email) == []
    (no,), (yes,) = office.texts(sue.email), office.texts(sam.email)
    assert "declined" in no and "lets you look into it" in yes
