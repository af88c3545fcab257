"""Each flow is used once, however often and from how many tabs its answer arrives (T12)."""

from concurrent.futures import ThreadPoolExecutor

from tests.support.sandbox import JiraBrowser


def test_twenty_callbacks_at_once_are_one_exchange(office, member):
    back = office.allow(member)

    def arrive(_):
        answer = member.session.get(back, allow_redirects=False, timeout=30)
        return answer.status_code, answer.headers["Location"]

    with ThreadPoolExecutor(20) as pool:
        answers = set(pool.map(arrive, range(20)))
    assert answers == {(303, office.tenant.path(f"flows/{office.flows()[0].id}"))}
    assert office.exchanges == 1
    assert len(office.credentials()) == 1


def test_a_look_at_the_callback_ends_no_flow(office, member):
    back = office.allow(member)
    assert member.session.head(back).status_code == 200
    assert office.exchanges == 0
    member.get(back)
    assert len(office.credentials()) == 1


def test_back_to_the_page_that_leads_to_jira(office, member):
    back = office.allow(member)
    leave = member.path
    member.get(back)
    member.get(leave)
    assert member.path == office.mine
    assert member.left_for is None


def test_back_to_jiras_page_which_was_answered(office, member):
    link = office.begin(member)
    browser = JiraBrowser(office.sandbox, "ada")
    member.get(browser.allow(link))
    assert browser.open(link).status_code >= 400  # Jira itself says so
    assert office.credential_of(member).jira_name == "ada"


def test_two_tabs_both_work_and_the_last_one_counts(office, member):
    first, second = office.allow(member, "ada"), office.allow(member, "grace")
    member.get(second)
    assert office.credential_of(member).jira_name == "grace"
    member.get(first)
    assert office.credential_of(member).jira_name == "ada"
    assert len(office.credentials()) == 1
    assert [flow.outcome for flow in office.flows()] == ["connected"] * 2


def test_a_denied_tab_leaves_the_other_alone(office, member):
    first = office.allow(member)
    second = JiraBrowser(office.sandbox, "ada").deny(office.begin(member))
    member.get(second)
    assert "You pressed Deny" in member.page.text
    member.get(first)
    assert office.credential_of(member).state == "active"


def test_two_tabs_of_an_admin_wait_for_one_answer(office, admin):
    first, second = office.allow(admin, "ada", own=True), office.allow(admin, "grace", own=True)
    admin.get(first)
    admin.get(second)
    assert [(row.state, row.jira_name) for row in office.credentials()] == [("pending", "grace")]


def test_connecting_again_replaces_the_token(office, member):
    office.connect(member)
    former = office.secret(office.credential_of(member))
    office.connect(member, "grace")
    [kept] = office.credentials()
    assert (kept.jira_name, kept.user_id) == ("grace", office.tenant.member.user_id)
    assert office.secret(kept) != former
