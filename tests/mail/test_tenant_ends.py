"""The admins of a tenant hear of its end by mail, whoever began it."""

from collections.abc import Callable

from portal.people import tenant_ends, tenant_erasing
from portal.store.work import OPERATOR, Work
from tests.mail.test_pages import links
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.post import PostOffice


def test_every_admin_and_nobody_else_is_told(
    mail_portal: Portal, office: PostOffice, deliver_mail: Callable[[], None]
) -> None:
    tenant = mail_portal.world.tenant()
    second = mail_portal.world.person("Chris Chief")
    mail_portal.world.join(second, tenant.id, "admin")
    admin = Person.of(mail_portal, tenant.admin)
    admin.get(tenant.path("settings/delete"))
    assert "Every admin is told by mail" in admin.page.text
    admin.submit(f"Delete {tenant.name}", typed_slug=tenant.slug)
    deliver_mail()
    assert sorted(office.recipients) == sorted([tenant.admin.email, second.email])
    [page] = links(office, mail_portal, second.email)
    assert f"{tenant.admin.name} has asked for {tenant.name} to be deleted" in office.texts(second.email)[0]
    chief = Person.of(mail_portal, second)
    chief.get(page)
    chief.submit(f"Keep {tenant.name}")
    deliver_mail()
    assert f"{second.name} has taken the deletion" in office.texts(tenant.admin.email)[1]
    operator = Work(mail_portal.store, None, OPERATOR)
    tenant_ends.ask_deletion(operator.within(tenant.id), tenant.slug)
    tenant_erasing.erase_now(operator, tenant.slug)
    deliver_mail()
    asked, gone = office.texts(tenant.admin.email)[2:]
    assert "The operator of the portal has asked" in asked
    assert f"{tenant.name} is deleted" in gone and "oldest backup" in gone
    assert office.texts(tenant.member.email) == []
