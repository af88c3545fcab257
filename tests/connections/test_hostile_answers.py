"""What an odd or hostile Jira sends to a token call: nothing stored changes, nothing breaks (T32, T11)."""

from collections.abc import Callable
from functools import partial

import pytest

from portal.alm_accounts import accounts
from portal.store.tables import Credential
from tests.support import canaries
from tests.support.hostile import ACCESS, MYSELF, REQUEST, as_json, form, odd_jira
from tests.support.office import Office, consent_link
from tests.support.person import Person
from tests.support.variants import variants

# What comes of these is stored or looked for; the others are refused before anything is written.
pytestmark = pytest.mark.on_both(
    "test_another_tenants_request_token_cannot_be_given_out_again",
    "test_odd_lifetimes",
)

for secret in ("cnry-hostile-request-secret", "cnry-hostile-access-token", "cnry-hostile-token-secret"):
    canaries.add(secret)

BAD_ACCESS = {
    "empty": form(""),
    "nothing said": form("", "204 No Content"),
    "JSON": as_json({"oauth_token": "cnry-hostile-access-token"}),
    "no token": form("oauth_token_secret=cnry-hostile-token-secret"),
    "empty token": form("oauth_token=&oauth_token_secret=x"),
    "two tokens": form(ACCESS + "&oauth_token=other"),
    "line break in token": form("oauth_token=a%0d%0aX-Evil:%20yes&oauth_token_secret=x"),
    "blank in token": form("oauth_token=a%20b&oauth_token_secret=x"),
    "long token": form("oauth_token=" + "a" * 9000 + "&oauth_token_secret=x"),
    "megabytes": form("oauth_token=" + "a" * (2 << 20)),
    "percent garbage": form("oauth_token=%zz%f&oauth_token_secret"),
    "no text": form(b"\xff\xfe\x00oauth_token=a"),
    "snowman": form("oauth_token=%E2%98%83&oauth_token_secret=x"),
    "HTML": form(b"<html><title>Sign in</title>oauth_token=a&oauth_token_secret=b</html>"),
    "refused in a 200": form("oauth_problem=token_rejected"),
    "odd problem": form("oauth_problem=%3Cscript%3Ealert(1)%3C/script%3E", "401 Unauthorized"),
    "odd status": form(ACCESS, "418 Teapot"),
    "redirect": form("", "307 Temporary Redirect"),
    "many parameters": form("&".join(f"p{n}=1" for n in range(5000))),
}
BAD_IDENTITY = {
    "anonymous": as_json(MYSELF, X_AUSERNAME="anonymous"),
    "nobody": as_json({"active": True}),
    "a list": as_json([MYSELF]),
    "numbers": as_json({"key": [1], "name": {"a": 1}}),
    "not JSON": form("Ada"),
}


class Visit:
    """A member connected to a Jira of ours; ``again`` comes back from its consent page once more."""

    def __init__(self, office: Office, member: Person, jira) -> None:
        self.office, self.member, self.jira = office, member, jira
        accounts.change(office.work, office.registry.outbound.wire, office.account_id, {"base_url": jira.url})

    def again(self, verifier: str = "abc123") -> str:
        """What the page says at the end."""
        self.member.get(self.office.mine)
        self.member.submit("Get OAuth token")
        token = consent_link(self.member).partition("oauth_token=")[2]
        self.member.get(f"{self.office.callback}?oauth_token={token}&oauth_verifier={verifier}")
        assert self.member.status == 200
        return self.member.page.text

    def rows(self) -> list[tuple[object, ...]]:
        """The credential rows, byte for byte."""
        with self.office.work.read() as session:
            columns = Credential.__table__.columns
            wanted = session.query(*columns).where(Credential.account_id == self.office.account_id)
            return [tuple(row) for row in wanted]


@pytest.fixture
def visit(office, member):
    with odd_jira() as jira:
        made = Visit(office, member, jira)
        assert "You act as Mal Ory" in made.again()
        yield made


def unchanged_by(visit: Visit, change: Callable[[], None]) -> None:
    before = visit.rows()
    assert len(before) == 1
    change()
    text = visit.again()
    assert "No new connection was made." in text and "unknown" not in text
    assert visit.rows() == before


def test_bad_access_tokens_change_nothing(visit):
    for name, answer in BAD_ACCESS.items():
        with pytest.MonkeyPatch.context() as patch:
            unchanged_by(
                visit, lambda answer=answer: patch.setitem(visit.jira.answers, "/access-token", answer)
            )
            assert visit.office.flows()[-1].outcome != "connected", name


def test_a_token_of_nobody_changes_nothing(visit):
    for answer in BAD_IDENTITY.values():
        unchanged_by(visit, partial(visit.jira.answers.update, {"/rest/api/2/myself": answer}))


@pytest.mark.parametrize(
    "answer",
    variants(
        [
            "oauth_token=a&oauth_token_secret=b",
            "oauth_token=a&oauth_token_secret=b&oauth_callback_confirmed=false",
            "oauth_token=a&oauth_token=b&oauth_callback_confirmed=true",
            "oauth_callback_confirmed=true",
            "oauth_token=%0d%0a&oauth_callback_confirmed=true",
        ]
    ),
)
def test_bad_request_tokens_end_the_flow_here(visit, answer):
    visit.jira.answers["/request-token"] = form(answer)
    visit.member.get(visit.office.mine)
    visit.member.submit("Get OAuth token")
    assert "Jira's answer could not be read" in visit.member.page.text


def test_a_request_token_given_out_twice_leads_nobody_astray(visit):
    visit.jira.answers["/request-token"] = form(REQUEST.format("the-same-token-as-before"))
    visit.again()
    visit.member.get(visit.office.mine)
    visit.member.submit("Get OAuth token")
    assert visit.member.status == 200
    assert "a request token that was given out before" in visit.member.page.text


def test_another_tenants_request_token_cannot_be_given_out_again(office, member, visit, sign_in, sandbox):
    """A Jira of one's own that repeats the token of another tenant's flow (T11)."""
    visit.jira.answers["/request-token"] = form(REQUEST.format("token-of-the-first-tenant"))
    first = visit.again()
    assert "Mal Ory" in first
    visit.member.get(office.mine)
    visit.member.submit("Get OAuth token")
    assert office.flows()[-1].outcome == "broken_answer"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", "Jira did not say"),
        ("&oauth_expires_in=abc", "Jira did not say"),
        ("&oauth_expires_in=-5", "Jira did not say"),
        ("&oauth_expires_in=1e12", "Jira did not say"),
        ("&oauth_expires_in=9999999999", "2343"),
        ("&oauth_expires_in=0", "Connect again"),
    ],
)
def test_odd_lifetimes(visit, said, shown):
    visit.jira.answers["/access-token"] = form(ACCESS + said)
    assert shown in visit.again()


def test_names_are_shown_as_text(visit):
    odd = {
        "key": "k",
        "name": "<b>n</b>",
        "displayName": "<script>alert(1)</script>\u202e",
        "emailAddress": "'\"",
    }
    visit.jira.answers["/rest/api/2/myself"] = as_json(odd)
    assert "You act as <script>alert(1)</script>" in visit.again()
    assert "<script>alert(1)" not in visit.member.response.text


def test_neither_token_nor_secret_is_on_a_page_or_in_the_log(visit):
    visit.again()
    canaries.assert_none_in(visit.office.portal.log_text(), "the log")
    for path in (visit.office.mine, visit.office.tenant.path("profile/alm-credentials/")):
        visit.member.get(path)  # each page is searched for secrets as it arrives
