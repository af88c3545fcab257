"""Set-up of a draft: callback and key at once, mistakes told one by one, what is right kept (A1 to A4)."""

import pytest
from cryptography.hazmat.primitives import serialization

from portal.alm_accounts import accounts, drafts
from portal.jira.private_keys import make_key
from portal.kinds import KINDS
from tests.support import samples
from tests.support.office import Office, hide
from tests.support.variants import variants

pytestmark = pytest.mark.on_both(
    "test_callback_and_key_are_there_at_once",
    "test_a_name_is_taken_once",
    "test_names_of_other_tenants_do_not_matter",
    "test_a_consumer_key_of_ones_own",
    "test_all_mistakes_are_told_at_once",
    "test_a_draft_can_be_thrown_away",
)

PEM, LOCKED = serialization.Encoding.PEM, serialization.NoEncryption()


@pytest.fixture
def office(portal, sandbox, tenant, sign_in):
    """A draft as *Add ALM account* leaves it."""
    person = sign_in(tenant.admin)
    person.get(tenant.path("alm-accounts/new"))
    person.submit("Set up Jira Server OAuth")
    [draft] = accounts.accounts(tenant.work(tenant.admin))
    return Office(portal, sandbox, tenant, draft.id)


@pytest.fixture
def set_up(office, admin):
    admin.get(office.path("set-up"))
    return admin


def test_callback_and_key_are_there_at_once(office, set_up):
    page = set_up.page
    assert page.value("#callback-url") == office.portal.base_url + office.callback
    assert page.value("#public-key").startswith("-----BEGIN PUBLIC KEY-----")
    assert page.value("#consumer-key").startswith(f"almoner-{office.tenant.slug}-")
    assert office.tenant.name in page.value("#consumer-name")
    assert page.value("#link-url") == office.portal.base_url
    assert "Atlassian product" in page.text and "Before Jira 9" in page.text
    assert "Private half held, not shown" in page.text and "RSA 2048" in page.text
    assert "Almoner/0" in page.text


def test_every_value_to_carry_over_has_a_copy_button(set_up):
    for name in ("link-url", "link-name", "consumer-key", "consumer-name", "public-key", "callback-url"):
        assert len(set_up.page.soup.select(f"button[data-copy={name}]")) == 1


def test_the_deep_link_comes_with_the_base_url(office, set_up):
    assert "a direct link appears here" in set_up.page.text
    set_up.submit("Save", base_url=office.sandbox.url)
    deep = f"{office.sandbox.url}/plugins/servlet/applinks/listApplicationLinks"
    assert set_up.page.link("Open the application links of your Jira (opens a new tab)") == deep


@pytest.mark.parametrize("bits", [3072, 4096])
def test_a_longer_key_is_made_on_demand(office, set_up, bits):
    before = set_up.page.value("#public-key")
    set_up.submit("Make a new key pair", bits=str(bits))
    assert set_up.page.value("#public-key") != before
    assert (office.account.key.bits, office.account.key.origin) == (bits, "made")
    [key] = office.signing_keys()
    hide(office.secret(key, "private_key"))


@pytest.mark.parametrize("bits", ["1024", "", "x"])
def test_only_sizes_on_the_list(office, set_up, bits):
    set_up.post(office.path("key"), bits=bits)
    assert set_up.status == 409
    assert office.account.key.bits == 2048


FORMATS = {
    "PKCS#8": serialization.PrivateFormat.PKCS8,
    "PKCS#1": serialization.PrivateFormat.TraditionalOpenSSL,
}


def own_key(form):
    """A key of the organisation's own, as text, with its fingerprint."""
    made = make_key(2048)
    key = serialization.load_pem_private_key(made.pem.reveal().encode(), None)
    text = key.private_bytes(PEM, FORMATS[form], LOCKED).decode()
    hide(text)
    return text, made.fingerprint


@pytest.mark.parametrize("form", FORMATS)
def test_an_own_key_is_pasted(office, set_up, form):
    text, fingerprint = own_key(form)
    set_up.submit("Save", private_key=text)
    assert fingerprint in set_up.page.text and "your own" in set_up.page.text
    assert (office.account.key.fingerprint, office.account.key.origin) == (fingerprint, "pasted")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["key.pem", "privatekey.pcks8"])
def test_an_own_key_is_uploaded(office, set_up, form, name):
    text, fingerprint = own_key(form)
    set_up.submit("Save", private_key_file=(name, text.encode()))
    assert office.account.key.fingerprint == fingerprint


def test_a_valid_key_beside_a_wrong_address_is_held(office, set_up):
    text, fingerprint = own_key("PKCS#8")
    page = set_up.submit("Get auth token", base_url="jira.example.org", private_key=text)
    assert set_up.status == 422
    assert page.errors() and page.value("#base_url") == "jira.example.org"
    assert fingerprint in page.text and "Private half held, not shown" in page.text
    assert page.value("#private_key") == ""
    assert office.account.key.fingerprint == fingerprint


def test_a_right_address_beside_a_wrong_key_stays(office, set_up):
    set_up.submit("Save", base_url=office.sandbox.url, private_key="nonsense!")
    assert set_up.status == 422
    assert office.account.base_url == office.sandbox.url


@pytest.mark.parametrize("blank", ["", "   ", "\r\n\t"])
def test_a_blank_paste_leaves_the_key_alone(office, set_up, blank):
    before = office.account.key.fingerprint
    set_up.submit("Save", private_key=blank)
    assert set_up.status == 200
    assert office.account.key.fingerprint == before


def test_an_empty_file_is_named(office, set_up):
    before = office.account.key.fingerprint
    set_up.submit("Save", private_key_file=("key.pem", b""))
    assert any("There is no key here" in error for error in set_up.page.errors())
    assert office.account.key.fingerprint == before


def test_only_a_name_can_be_saved(office, set_up):
    set_up.submit("Save", name="Jira of the shop")
    assert "The base URL is still to come" in set_up.response.text
    assert (office.account.name, office.account.base_url) == ("Jira of the shop", None)


def test_going_to_jira_needs_an_address(office, set_up):
    set_up.submit("Get auth token", base_url="")
    assert any("Enter the address of your Jira" in error for error in set_up.page.errors())
    assert office.flows() == []


def test_a_name_is_taken_once(office, set_up):
    samples.account(office.tenant, "Jira of the shop")
    set_up.submit("Save", name="Jira of the shop")
    assert any("There is an ALM account named" in error for error in set_up.page.errors())
    assert set_up.page.value("#name") == "Jira of the shop"


def test_names_of_other_tenants_do_not_matter(office, set_up):
    samples.account(office.tenant.other, "Jira of the shop")
    set_up.submit("Save", name="Jira of the shop")
    assert office.account.name == "Jira of the shop"


def test_a_consumer_key_of_ones_own(office, set_up):
    set_up.submit("Save", consumer_key="OurPortalKey")
    assert set_up.page.value("#consumer-key") == "OurPortalKey"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a b c", "without blanks"),
        ("", "3 to 120"),
        ("x" * 121, "3 to 120"),
        ("almoner", "Another ALM account has this consumer key"),
    ],
)
def test_consumer_keys_that_cannot_be(office, set_up, text, sentence):
    samples.signing_key(office.tenant, samples.account(office.tenant))
    set_up.submit("Save", consumer_key=text)
    assert any(sentence in error for error in set_up.page.errors())


def test_all_mistakes_are_told_at_once(set_up):
    wrong = {"name": "", "base_url": "nowhere", "consumer_key": "a b", "private_key": "x!"}
    assert len(set_up.submit("Save", **wrong).errors()) == 4


def test_a_consumer_key_changed_in_a_draft_ends_its_token(office, set_up):
    set_up.submit("Save", base_url=office.sandbox.url)
    key = office.account.key
    office.sandbox.make_link(key.consumer_key, key.public_pem)
    set_up.get(office.allow(set_up, "admin", own=True))
    set_up.submit("Yes, use this identity and test it")
    set_up.get(office.path("set-up"))
    set_up.submit("Save", consumer_key="almoner-other")
    assert office.account.own.code == "consumer_replaced"


def test_a_draft_leads_to_its_certificate_authority(office, set_up):
    set_up.get(next(str(a["href"]) for a in set_up.page.soup.select("main a[href$='/settings']")))
    assert set_up.page.soup.select("textarea[name=ca_pem]")


def test_a_draft_can_be_thrown_away(office, set_up):
    set_up.click("Delete this draft")
    set_up.submit("Delete for good", typed_name="Jira")
    assert "is deleted" in set_up.response.text
    assert accounts.accounts(office.work) == []


def test_overview_of_a_draft_is_its_set_up(office, admin):
    admin.get(office.path())
    assert admin.path == office.path("set-up")


def test_of_a_draft_home_says_nothing_that_ends(office, admin, member):
    text = admin.get(office.tenant.path()).text
    assert "Draft" in text and "What ends when" not in text
    assert admin.page.link("Go on with the set-up of Jira") == office.path("set-up")
    assert "No Jira is connected yet" in member.get(office.tenant.path()).text
    assert member.page.link("See who is admin") == office.tenant.path("people/")


@pytest.mark.parametrize("kind", variants(KINDS))
def test_mistakes_are_told_in_the_order_of_the_page(tenant, admin, kind):
    draft = drafts.create_draft(tenant.work(tenant.admin), KINDS[kind], tenant.slug)
    admin.get(tenant.path(f"alm-accounts/{draft}/set-up"))
    admin.submit(admin.page.soup.select_one("main .form button.btn-primary").get_text(), name="")
    places = [node["id"] for node in admin.page.soup.select("main [id]")]
    told = [
        places.index(link["href"].removeprefix("#")) for link in admin.page.soup.select(".error-summary a")
    ]
    assert len(told) > 1 and told == sorted(told)


def test_kinds_are_offered_by_where_a_jira_stands(office, admin):
    """In each group the recommended one comes first, what only sends last; each says what one needs."""
    admin.get(office.tenant.path("alm-accounts/new"))
    cloud, server = (
        [" ".join(one.get_text(" ").split()) for one in group.select("article")]
        for group in admin.page.soup.select("section.panel")
    )
    for group, is_cloud in ((cloud, True), (server, False)):
        assert len(group) == sum(kind.is_cloud == is_cloud for kind in KINDS.values())
        assert [" Recommended " in one for one in group] == [True, *[False] * (len(group) - 1)]
        assert all(any(kind.who_in_jira in one for kind in KINDS.values()) for one in group)
    assert cloud[-1].startswith("Jira Cloud builds and deployments")


@pytest.mark.parametrize("kind", ["", "server_oauth3", "x" * 500])
def test_only_kinds_on_the_list(office, set_up, kind):
    set_up.get(office.tenant.path("alm-accounts/new"))
    set_up.post(office.tenant.path("alm-accounts/new"), kind=kind)
    assert len(accounts.accounts(office.work)) == 1
