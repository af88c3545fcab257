"""What bad input gets on the set-up page of an account that sends: its own sentence, nothing typed lost."""

import pytest

from portal.credentials.registry import SharedApp
from portal.pages.alm_accounts.delivery_set_up import MISPLACED
from portal.secret import Secret
from tests.deliveries.set_ups import SetUpDesk
from tests.support import canaries

pytestmark = pytest.mark.on_both(
    "test_each_mistake_has_its_sentence_and_the_rest_stays",
)

LONG = "x" * 121
# In this order: a secret that is right is held from then on.
WITHOUT_SECRET = ("no secret", "a short secret", "a broken secret")
FIELDS = {
    "no secret": (
        {"client_secret": ""},
        "Paste the client secret: Jira → Settings → Apps → OAuth credentials.",
    ),
    "a short secret": ({"client_secret": "short"}, "This is too short for a client secret"),
    "a broken secret": ({"client_secret": "ATOA one two three four"}, "There is a blank in the secret"),
    "no site": ({"site_url": ""}, "Enter the address of your site"),
    "a page of the site": ({"site_url": "https://acme.atlassian.net/jira/boards/1"}, "Did you mean"),
    "no client id": ({"client_id": ""}, "Paste the client ID: Jira → Settings → Apps → OAuth credentials."),
    "an odd client id": ({"client_id": "what is this"}, "A client ID has letters and digits only"),
    "no permission": ({"scopes": []}, "Tick at least one permission"),
    "an odd permission": ({"scopes": ["read:project:jira"]}, "Tick at least one permission"),
    "no name": ({"name": " "}, "Enter a name"),
    "no app name": ({"app_name": ""}, "Enter a name"),
    "a long app name": ({"app_name": LONG}, "at most 120 characters"),
    "no server url": ({"server_url": ""}, "Enter the server base URL: Jira asks for it."),
    "no address": ({"server_url": "ci.example.com"}, "Enter the whole server base URL"),
    "another scheme": ({"logo_url": "javascript:alert(1)"}, "Enter the whole logo URL"),
    "a broken address": ({"logo_url": "https://[::1/logo"}, "Enter the whole logo URL"),
    "a blank": ({"logo_url": "https://ci.example.com/a logo.png"}, "There is a blank in the logo URL"),
    "a long address": ({"logo_url": f"https://ci.example.com/{'x' * 500}"}, "at most 500 characters"),
    "a login in it": ({"server_url": "https://ada:pw@ci.example.com"}, "Leave user name and password out"),
}


def test_each_mistake_has_its_sentence_and_the_rest_stays(desk: SetUpDesk) -> None:
    made = desk.make()
    right = {"client_id": made.client_id, "client_secret": made.client_secret}
    right["site_url"] = desk.sandbox.sites["acme"]
    for name, (typed, sentence) in FIELDS.items():
        desk.admin.submit("Test and save", **{**right, **typed})
        assert desk.admin.status == 422, name
        assert sentence in " ".join(desk.admin.page.errors()), (name, desk.admin.page.errors())
        app = desk.account.app
        assert app is not None
        if name in WITHOUT_SECRET:
            assert not app.has_secret, name
        if "client_id" not in typed:
            assert app.client_id == made.client_id, "what is right beside it is kept"
    assert app.has_secret and not desk.account.saved
    assert desk.sandbox.deliveries() == [], "nothing is tried before all is right"


def test_client_id_and_secret_swapped(desk: SetUpDesk) -> None:
    made = desk.make()
    desk.fill(client_id=made.client_secret, client_secret=made.client_id)
    said = " ".join(desk.admin.page.errors())
    assert "looks like the client secret" in said and "the two are swapped" in said
    canaries.assert_none_in(desk.admin.response.text, "the page")
    assert desk.account.app is not None and not desk.account.app.has_secret


def test_a_secret_in_another_field_does_not_come_back(desk: SetUpDesk) -> None:
    made = desk.make()
    for name in ("name", "site_url", "cloud_id", "app_name", "server_url", "logo_url"):
        desk.fill(**{"client_id": made.client_id, "client_secret": "", name: made.client_secret})
        assert MISPLACED in " ".join(desk.admin.page.errors()), name
        canaries.assert_none_in(desk.admin.response.text, name)
    account = desk.account
    assert account.name == "Jira" and account.delivery is not None
    assert account.delivery.app_name == "Almoner"


def test_the_credential_of_another_account_and_that_of_the_operator(desk: SetUpDesk) -> None:
    made = desk.make()
    desk.fill(client_id=made.client_id, client_secret=made.client_secret)
    first = desk.account
    second = desk.again()
    second.fill(client_id=made.client_id, client_secret=made.client_secret)
    assert "Another ALM account sends by this credential already" in " ".join(second.admin.page.errors())
    assert desk.account == first
    cloud = desk.registry.cloud
    shared = cloud.shared_app
    object.__setattr__(cloud, "shared_app", SharedApp("operators-client-id", Secret("x" * 20), (), 1))
    try:
        second.fill(client_id="operators-client-id", client_secret=made.client_secret)
    finally:
        object.__setattr__(cloud, "shared_app", shared)
    assert "This is the operator's app" in " ".join(second.admin.page.errors())


def test_another_client_id_needs_its_own_secret(desk: SetUpDesk) -> None:
    desk.fill()
    other = desk.make()
    desk.fill(client_id=other.client_id, client_secret="")
    assert "Paste the secret of this credential too" in " ".join(desk.admin.page.errors())
    assert desk.account.state == "connected", "the former one goes on"


def test_save_keeps_what_is_there_so_far(desk: SetUpDesk) -> None:
    desk.admin.submit("Save", name="Builds of Acme", app_name="Jenkins", server_url="https://ci.example.com/")
    assert "Saved." in desk.admin.page.text
    page = desk.admin.get(f"{desk.path}/set-up")
    assert page.value("#name") == "Builds of Acme"
    assert [page.value(f"#{name}") for name in ("app-name", "server-url")] == [
        "Jenkins",
        "https://ci.example.com/",
    ], "the guide shows what is to be entered"
    desk.admin.get(desk.path)
    assert desk.admin.path.endswith("/set-up"), "a draft has its set-up only"
    desk.admin.get(f"{desk.path}/settings")
    assert desk.admin.status == 200


def test_a_test_of_a_draft_in_which_something_is_missing(desk: SetUpDesk) -> None:
    desk.admin.post(f"{desk.path}/test")
    assert desk.admin.status == 409
    assert "Something is still to be entered" in desk.admin.page.text
    assert not desk.account.saved
