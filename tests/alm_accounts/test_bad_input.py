"""What bad input gets on the set-up page: each mistake its own sentence, no paste comes back (T38, T40)."""

import pytest

from portal.jira.base_urls import _SENTENCES as URL_SENTENCES
from portal.jira.key_text import KeyRefused
from portal.jira.private_keys import read_pasted_key
from portal.store.tables import AlmAccount
from tests.jira.test_private_keys import REFUSED

pytestmark = pytest.mark.on_both("test_what_is_clear_is_repaired", "test_names_that_cannot_be")

TEXTS = sorted(name for name, (_, make) in REFUSED.items() if name not in ("nothing", "blanks"))


def twelve_characters_of(pasted, html):
    """A piece of the paste that stands in the answer. Lines of the PEM frame are no secret."""
    text = pasted.decode("latin-1") if isinstance(pasted, bytes) else pasted
    lines = [line for line in text.splitlines() if not line.startswith("-----")]
    windows = (line[at : at + 12] for line in lines for at in range(0, min(len(line), 3000) - 11, 4))
    return next((window for window in windows if window.strip() and window in html), None)


@pytest.fixture
def set_up(office, admin):
    """The set-up page of a draft."""
    office.edit(AlmAccount, saved_at=None)
    admin.get(office.path("set-up"))
    return admin


@pytest.mark.parametrize("way", ["private_key", "private_key_file"])
def test_bad_pastes_are_named_and_never_echoed(office, set_up, way):
    before = office.account.key.fingerprint
    for name in TEXTS:
        pasted = REFUSED[name][1]()
        sent = pasted.encode() if isinstance(pasted, str) else pasted
        given = ("key.pem", sent) if way == "private_key_file" else sent.decode("latin-1")
        with pytest.raises(KeyRefused) as refused:
            read_pasted_key(sent if way == "private_key_file" else given.strip())
        page = set_up.submit("Save", **{way: given})
        assert set_up.status == 422, name
        assert refused.value.message in page.errors(), name
        shown = set_up.response.text.replace(page.value("#public-key"), "")
        assert twelve_characters_of(pasted, shown) is None, name
    assert office.account.key.fingerprint == before


def test_a_megabyte_is_refused_in_words(office, set_up):
    page = set_up.submit("Save", private_key_file=("key.pem", b"A" * 1024 * 1024))
    assert "longer than 16 KiB" in " ".join(page.errors())


def test_two_megabytes_are_not_read(office, set_up):
    page = set_up.submit("Save", private_key="A" * (2 << 20))
    assert set_up.status == 413
    assert "Key files are a few kilobytes" in page.text


URLS = {
    "jira.example.org": "does not say how to reach Jira",
    "ftp://jira.example.org": "A Jira is reached by https",
    "https://jira.example.org/browse/AB-1": "This is a page inside Jira",
    "https://jira.example.org/jira/secure/Dashboard.jspa": "Did you mean https://jira.example.org/jira?",
    "https://ada:secret-word-42@jira.example.org": "A user name or password does not belong",
    "https://acme.atlassian.net": "This is a Jira Cloud site",
    "http://jira.example.org": "Over plain http anybody",
    "https://10.1.2.3": "leads to a private or local address",
    "https://169.254.169.254": "leads to a private or local address",
    "https://[fd00::1]": "leads to a private or local address",
    "https://no-such-name.invalid": "No address was found for no-such-name.invalid",
    "https://jira.example.org:99999": "There is no such port",
    "https://jira example.org": "There is a blank",
    "https://jira.example.org/?a=1": "ends before the ?",
    "https://": "This is no host name",
    "https://" + "a" * 600: "longer than 500 characters",
}


def test_mistakes_in_the_base_url_each_get_their_sentence(office, set_up):
    before = office.account.base_url
    for typed, sentence in URLS.items():
        page = set_up.submit("Save", base_url=typed)
        assert set_up.status == 422, typed
        assert sentence in " ".join(page.errors()), typed
        assert page.value("#base_url") == typed
        assert office.account.base_url == before


def test_sentences_about_addresses_differ():
    assert len(set(URLS.values())) >= 12
    assert len(set(URL_SENTENCES.values())) == len(URL_SENTENCES)


def test_what_is_clear_is_repaired(office, set_up):
    set_up.submit("Save", base_url=f"  {office.sandbox.url.upper().replace('HTTP', 'http')}/  ")
    assert office.account.base_url == office.sandbox.url


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "shop\u202epohs"])
def test_names_that_cannot_be(office, set_up, name):
    before = office.account.name
    set_up.submit("Save", name=name)
    assert set_up.status == 422
    assert office.account.name == before
