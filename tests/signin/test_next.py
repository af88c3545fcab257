"""Where sign-in may lead: pages of this portal and nothing else (T15)."""

from urllib.parse import quote, urljoin, urlsplit

import pytest

from portal.web.sign_in import local_path
from tests.support.person import Person
from tests.support.variants import variants

HOSTILE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "\\/evil.example",
    "/\\/evil.example", "\t//evil.example", "/\t/evil.example", "/\n/evil.example", "/\r\n/evil.example",
    "\x00//evil.example", "/\x00/evil.example", " //evil.example", "/ /evil.example", "\u00a0//evil.example",
    "http://evil.example", "https://evil.example", "HTTPS://evil.example", "https:evil.example",
    "https:/evil.example", "https:///evil.example", "http:\\\\evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
    "ftp://evil.example", "mailto:a@evil.example", "%2f%2fevil.example", "/%2fevil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example", "/%09/evil.example", "%68ttps://evil.example", "/.evil.example", "/..//evil.example",
    "/../evil.example", "/./evil.example", "/profile/..//evil.example", "/profile//evil.example",
    "//127.0.0.1@evil.example", "/@evil.example", "https://127.0.0.1@evil.example", "//evil.example/profile/",
    "/profile/\r\nLocation: https://evil.example", "/profile/\nSet-Cookie: a=b", "/profile/?a=\r\nX: y",
    "/profile/#@evil.example", "/profile/;//evil.example", "/profile/?next=//evil.example", "?//evil.example",
    "#//evil.example", "evil.example", ".evil.example", ":80", "/\u2044evil.example", "/\uff0fevil.example",
    "\uff0f\uff0fevil.example", "/\u3002evil", "/profile\u202e/", "/sign-in", "/sign-in?next=/sign-in",
    "/sign-out",
    "/never-existed", "/profile", "", "/",
]  # fmt: skip


@pytest.mark.parametrize("payload", variants(HOSTILE))
def test_leads_nowhere_else(portal, payload):
    with portal.app.test_request_context("/sign-in", base_url=portal.base_url):
        assert local_path(payload) is None


@pytest.mark.parametrize(
    "good",
    variants(
        [
            "/profile/",
            "/profile/sign-ins",
            "/t/acme/people/",
            "/t/acme/people/invite?x=1&y=%20a",
            "/invitation/ab12.C-d_e",
        ]
    ),
)
def test_own_pages(portal, good):
    with portal.app.test_request_context("/sign-in", base_url=portal.base_url):
        assert local_path(good) == good


def location(answer, base: str) -> str:
    """Where a browser goes."""
    assert answer.status_code == 303, answer.status_code
    return urljoin(base, answer.headers["Location"].replace("\\", "/"))


@pytest.mark.parametrize("start", variants(range(0, len(HOSTILE), 10)))
def test_stays_here_after_signing_in(portal, tenant, start):
    for payload in HOSTILE[start : start + 10]:
        person = Person(portal)
        person.get("/sign-in")
        address = f"{portal.base_url}/sign-in?next={quote(payload, safe='')}"
        fields = {
            "csrf_token": person.csrf_token(),
            "email": tenant.member.email,
            "password": tenant.member.password,
        }
        answer = person.session.post(address, data=fields, allow_redirects=False, timeout=10)
        went = location(answer, portal.base_url)
        assert urlsplit(went).netloc == urlsplit(portal.base_url).netloc, payload
        assert "evil" not in went


@pytest.mark.parametrize("start", variants(range(0, len(HOSTILE), 10)))
def test_stays_here_when_in_and_when_going_out(sign_in, portal, tenant, start):
    person = sign_in(tenant.member)
    for payload in HOSTILE[start : start + 10]:
        address = f"{portal.base_url}/sign-in?next={quote(payload, safe='')}"
        answer = person.session.get(address, allow_redirects=False, timeout=10)
        assert location(answer, portal.base_url) == portal.base_url + "/"
    person.get("/profile/")
    address = f"{portal.base_url}/sign-out?next={quote(HOSTILE[start], safe='')}"
    fields = {"csrf_token": person.csrf_token()}
    answer = person.session.post(address, data=fields, allow_redirects=False, timeout=10)
    assert location(answer, portal.base_url) == portal.base_url + "/sign-in"
