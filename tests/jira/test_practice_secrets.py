"""Tokens and passwords at the practice Jira and Atlassian: what the sessions, ends and names make of them."""

from collections.abc import Callable
from datetime import timedelta

from portal.alm_accounts.abilities import tried
from portal.clock import now
from portal.jira.atlassian import Atlassian
from portal.jira.base_urls import BaseUrl
from portal.jira.client import JiraClient
from portal.jira.pats import UNKNOWN, PatEnds, pat_end
from portal.jira.token_session import JiraTokenSession
from portal.jira.trouble import Code
from portal.jira.wire import Wire
from portal.kinds.features import BOARDS, EPICS
from portal.kinds.scopes import READ_USER
from portal.sandbox.people import USERS
from portal.secret import Secret
from tests.support.sandbox import SandboxProcess

CodeOf = Callable[[Callable[[], object]], Code]


def server_jira(wire: Wire, sandbox: SandboxProcess, secret: str, login: str = "") -> JiraClient:
    session = JiraTokenSession(wire=wire, secret=Secret(secret), login=login)
    return JiraClient(session, BaseUrl.stored(sandbox.url))


def cloud_jira(wire: Wire, sandbox: SandboxProcess, token: str, *, at_gateway: bool) -> JiraClient:
    session = JiraTokenSession(wire=wire, secret=Secret(token), login=USERS["ada"].email)
    gateway = Atlassian.at(sandbox.cloud_url, sandbox.cloud_url).gateway(sandbox.cloud_ids["acme"])
    base_url = gateway if at_gateway else BaseUrl.stored(sandbox.sites["acme"])
    return JiraClient(session, base_url, is_cloud=True)


def test_a_personal_access_token_acts_as_its_owner_until_its_end(
    wire: Wire, sandbox: SandboxProcess, code_of: CodeOf
) -> None:
    token = sandbox.make_pat("ada", days=90)
    jira = server_jira(wire, sandbox, token)
    assert jira.myself().name == "ada"
    refused = jira.forgery_refused()
    assert refused is not None
    assert refused.code in {Code.UNAUTHORIZED, Code.ANONYMOUS}
    ends = pat_end(jira)
    assert ends.known
    assert ends.ends_at is not None
    assert abs(ends.ends_at - now() - timedelta(days=90)) < timedelta(days=2)
    sandbox.make_pat("ada", days=30)
    assert pat_end(jira) == PatEnds(None, False)
    sandbox.end_pat(token)
    assert code_of(jira.myself) in {Code.UNAUTHORIZED, Code.ANONYMOUS}
    assert pat_end(jira) == UNKNOWN


def test_one_that_has_ended_is_not_the_one_in_use(wire: Wire, sandbox: SandboxProcess) -> None:
    sandbox.expire_pat(sandbox.make_pat("ada", days=10))
    assert pat_end(server_jira(wire, sandbox, sandbox.make_pat("ada", days=None))) == PatEnds(None, True)


def test_forged_calls_lock_nobody_out_where_wrong_passwords_do(
    wire: Wire, sandbox: SandboxProcess, code_of: CodeOf
) -> None:
    ada = USERS["ada"]
    jira = server_jira(wire, sandbox, ada.password, ada.name)
    for _ in range(6):
        assert jira.forgery_refused() is not None
    assert jira.myself().name == "ada"
    wrong = server_jira(wire, sandbox, "wrong", ada.name)
    codes = [code_of(wrong.myself) for _ in range(4)]
    assert (codes[0], codes[-1]) == (Code.UNAUTHORIZED, Code.CAPTCHA)
    assert code_of(jira.myself) is Code.CAPTCHA


def test_a_jira_without_passwords_is_named_and_takes_a_token(
    wire: Wire, sandbox: SandboxProcess, code_of: CodeOf
) -> None:
    sandbox.basic_off()
    ada = USERS["ada"]
    assert code_of(server_jira(wire, sandbox, ada.password, ada.name).myself) is Code.BASIC_OFF
    assert server_jira(wire, sandbox, sandbox.make_pat("ada")).myself().name == "ada"


def test_a_classic_token_works_at_the_site_and_one_with_scopes_at_the_gateway(
    wire: Wire, sandbox: SandboxProcess, code_of: CodeOf
) -> None:
    classic = sandbox.make_api_token("ada")
    scoped = sandbox.make_api_token("ada", scopes=[READ_USER, *BOARDS.scopes])
    assert cloud_jira(wire, sandbox, classic, at_gateway=False).myself().key
    assert cloud_jira(wire, sandbox, scoped, at_gateway=True).myself().key
    assert code_of(cloud_jira(wire, sandbox, classic, at_gateway=True).myself) is Code.UNAUTHORIZED
    assert code_of(cloud_jira(wire, sandbox, scoped, at_gateway=False).myself) is Code.UNAUTHORIZED
    nameless = sandbox.make_api_token("ada", scopes=sorted(BOARDS.scopes))
    assert code_of(cloud_jira(wire, sandbox, nameless, at_gateway=True).myself) is Code.SCOPE_MISMATCH


def test_what_a_scoped_token_may_do_is_found_out(wire: Wire, sandbox: SandboxProcess) -> None:
    token = sandbox.make_api_token("ada", scopes=[READ_USER, *BOARDS.scopes, *EPICS.scopes])
    found = tried(cloud_jira(wire, sandbox, token, at_gateway=True))
    assert {one.feature.name for one in found if one.works} == {"boards", "epics"}
    assert {one.code for one in found if not one.works} == {Code.SCOPE_MISMATCH}
