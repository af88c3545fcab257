"""Every page that can be opened, as everybody who may open it, on a desk and on a phone.

Found from the portal's own routes: a new page is looked at without anybody adding it here.
"""

from dataclasses import dataclass

import pytest
from werkzeug.routing import Rule

from portal.alm_accounts import drafts
from portal.audit import visits
from portal.boards import boards
from portal.checklist import guide_links
from portal.kinds import KINDS
from portal.people import email_changes, invitations, resets
from portal.store.work import Work
from portal.web.access import Access, access_of
from portal.web.doors import is_of_programs
from tests.browser.looking import look_at
from tests.support import accounts, samples
from tests.support.delivery_rows import delivering_account, delivery
from tests.support.programs import program_key
from tests.support.world import Someone, TenantWorld

pytestmark = pytest.mark.own_database  # support sees every tenant

FILES = {"static", "bootstrap.static", "link_script.power_shell", "link_script.shell"}
NO_PAGES = FILES | {"health.live", "health.ready", "connections.callback"}
# Which marks let each of them in, as far as it is looked at: what is everybody's own (signed in) has the same
# words for all and is looked at as a member; the frames of admins and support are, on their own pages.
SEES = {
    "nobody": {Access.PUBLIC},
    "member": {Access.SIGNED_IN, Access.MEMBER},
    "admin": {Access.MEMBER, Access.ADMIN},
    "support": {Access.SUPPORT},
}
SPRINT_PAGES = ("sprints.edit", "sprints.start", "sprints.complete", "sprints.delete")
EMPTY = {
    "admin": ("", "boards", "boards/new", "activity/", "programs/", "programs/new"),
    "member": ("", "boards", "profile/alm-credentials/"),
}


@dataclass
class Furnished:
    """A tenant with one of everything, and who looks at it."""

    tenant: TenantWorld
    people: dict[str, Someone]
    ids: dict[str, object]
    more: dict[str, dict[str, str]]


@pytest.fixture
def furnished(portal, world, tenant, sandbox):
    """A connected account, a board, a draft, an invitation, a reset link, a visit, a flow begun."""
    work, registry = accounts.at_browser(tenant, tenant.admin), accounts.registry_of(portal)
    account_id = accounts.connected_account(portal, sandbox, tenant)
    for someone in (tenant.admin, tenant.member):
        accounts.connect(portal, sandbox, tenant, someone, account_id, "ada")
    support = world.support()
    visits.open_visit(Work(tenant.store, None, support.actor), tenant.id, "A question about the record")
    token, _ = invitations.make(work, "new.person@example.org", "member")
    reset = resets.make_for_member(work, tenant.second.user_id)
    changed = email_changes.make(tenant.work(tenant.member), "mel.new@example.org", tenant.member.password)
    draft_id = drafts.create_draft(work, KINDS["server_oauth1"], tenant.slug)
    ids = {
        "slug": tenant.slug,
        "tenant_id": tenant.id,
        "user_id": tenant.second.user_id,
        "account_id": account_id,
        "delivery_id": delivery(tenant),
        "key_id": program_key(tenant, [delivering_account(tenant)]).id,
        "board_id": boards.add_board(work, registry, account_id, 1, "Web shop"),
        "jira_board_id": 2,
        "issue_key": "SHOP-1",
        "sprint_id": {way: 12 if way == "sprints.complete" else 13 for way in SPRINT_PAGES},
        "seq": 1,
        "reason": "elsewhere",
        "token": {
            "signin.invitation": token.reveal(),
            "signin.reset": reset.reveal(),
            "emails.confirm": changed.reveal(),
            "guide.show": guide_links.make(work, account_id)[0].reveal(),
        },
    }
    ids["idea_id"] = samples.idea(tenant, ids["board_id"])
    draft = tenant.path(f"alm-accounts/{draft_id}/set-up")
    elsewhere = f"/t/{tenant.other.slug}"
    more = {
        "nobody": {"no such page": "/no-such-page", "no such guide": f"/guide/{tenant.id.hex}.gone"},
        "member": {"refused": tenant.path(f"alm-accounts/{account_id}"), "a stranger": f"{elsewhere}/boards"},
        "admin": {
            "draft": draft,
            "draft delete": f"{draft.removesuffix('set-up')}delete",
            "no board found": tenant.path("boards/new?search=zzz"),
        },
        "support": {"no such page": "/no-such-page"},
    }
    people = {"member": tenant.member, "admin": tenant.admin, "support": support}
    return Furnished(tenant, people, ids, more)


def pages_of(app, role: str) -> list[Rule]:
    """The rules of every page this role may open."""
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    return [
        rule
        for rule in rules
        if rule.endpoint not in NO_PAGES
        and not is_of_programs(rule.rule)
        and access_of(app, rule.endpoint) in SEES[role]
    ]


def address(furnished: Furnished, rule: Rule) -> str:
    """The rule with ids of what stands in the tenant."""
    values = {name: furnished.ids[name] for name in rule.arguments}
    for name in {"token", "sprint_id"} & set(values):
        values[name] = furnished.ids[name][rule.endpoint]
    built = rule.build(values)
    assert built is not None, f"{rule} takes something that is not furnished"
    return built[1]


def begin_flow(page, furnished: Furnished) -> str:
    """Leave for Jira, which does not answer here, so that the flow's own pages can be looked at."""
    page.context.route("**/plugins/servlet/oauth/authorize**", lambda route: route.fulfill(status=204))
    page.goto(furnished.tenant.path(f"profile/alm-credentials/{furnished.ids['account_id']}"))
    with page.expect_request("**/plugins/servlet/oauth/authorize**"):  # else it would leave again later
        page.get_by_role("button", name="Get OAuth token").click()
        page.wait_for_url("**/leave")
    return page.url.split("/")[-2]


@pytest.mark.parametrize("role", SEES)
def test_every_page(portal, furnished, new_window, role):
    window = new_window()
    if role in furnished.people:
        window.sign_in(furnished.people[role])
    if role in ("member", "admin"):
        furnished.ids["flow_id"] = begin_flow(window.page, furnished)
    wrong = []
    pages = {rule.endpoint: address(furnished, rule) for rule in pages_of(portal.app, role)}
    for name, path in (pages | furnished.more[role]).items():
        window.page.goto(path)
        wrong += look_at(window.page, f"{role} {name}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", EMPTY)
def test_every_page_of_an_empty_tenant(tenant, new_window, role):
    window = new_window()
    window.sign_in(getattr(tenant, role))
    wrong = []
    for rest in (
        ("", "boards", "boards/new", "profile/alm-credentials/") if role == "admin" else ("", "boards")
    ):
        window.page.goto(tenant.path(rest))
        wrong += look_at(window.page, f"{role} empty {rest}")
    assert not wrong, "\n".join(wrong)
