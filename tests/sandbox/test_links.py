"""Application links, as an administrator makes them in Jira before 9 and from 9 on."""

import pytest
import requests

from tests.sandbox.client import KEY, OTHER_KEY, PracticeClient
from tests.support.sandbox import JiraBrowser, SandboxProcess

LISTING = "/plugins/servlet/applinks/listApplicationLinks"
INCOMING = {"consumerKey": "k1", "consumerName": "Almoner (Acme)", "publicKey": KEY.public_pem}


def to_incoming(browser: JiraBrowser, version: str) -> requests.Response:
    """Walk from the listing to *Incoming Authentication*."""
    browser.sandbox.state(jira_version=version)
    url = {"applicationUrl": "http://127.0.0.1:8000"}
    page = browser.open(LISTING)
    if version.startswith("8."):
        page = browser.submit(page, "applicationUrl", **url)
    else:
        page = browser.open("/plugins/servlet/applinks/createLink")
        page = browser.submit(page, "applicationType", applicationType="atlassian", **url)
    assert "No response was received" in page.text
    return browser.submit(page, "applicationName", applicationName="Almoner", createIncomingLink="on")


@pytest.mark.parametrize("version", ["8.20.30", "9.12.15", "10.3"])
def test_five_values_make_a_link_that_works(sandbox: SandboxProcess, version: str) -> None:
    browser = JiraBrowser(sandbox, "admin")
    page = browser.submit(to_incoming(browser, version), "consumerKey", **INCOMING)
    assert "<code>k1</code>" in page.text
    client = PracticeClient(sandbox, "k1")
    assert client.get("/rest/api/2/myself", client.token_of("ada")).status_code == 200


def test_external_application_is_oauth_2(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "admin")
    page = browser.open("/plugins/servlet/applinks/createLink")
    page = browser.submit(page, "applicationType", applicationType="external")
    assert "OAuth 2.0" in page.text
    assert "choose <strong>Atlassian product</strong>" in page.text


def test_link_without_incoming_has_no_consumer(sandbox: SandboxProcess) -> None:
    browser = JiraBrowser(sandbox, "admin")
    page = browser.open("/plugins/servlet/applinks/createLink")
    page = browser.submit(
        page, "applicationType", applicationType="atlassian", applicationUrl="http://a.example"
    )
    page = browser.submit(page, "applicationName", applicationName="Half")
    assert "No incoming authentication" in page.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"publicKey": KEY.private_pem}, "This is a private key"),
        ({"publicKey": "nonsense"}, "The public key is not valid"),
        ({"publicKey": ""}, "Please enter the public key"),
        ({"consumerKey": ""}, "Please enter the consumer key"),
        ({"consumerName": ""}, "Please enter the consumer name"),
        ({"consumerCallbackUrl": "ftp://x"}, "must start with http"),
    ],
)
def test_mistakes_are_named_and_nothing_is_kept(
    sandbox: SandboxProcess, change: dict[str, str], said: str
) -> None:
    browser = JiraBrowser(sandbox, "admin")
    page = browser.submit(to_incoming(browser, "9.12.15"), "consumerKey", **(INCOMING | change))
    assert said in page.text
    assert "No application is linked yet" in browser.open(LISTING).text


def test_bare_key_body_is_taken(sandbox: SandboxProcess) -> None:
    body = "".join(KEY.public_pem.splitlines()[1:-1]) + " "
    sandbox.make_link("bare", body)
    assert PracticeClient(sandbox, "bare").request_token().status == 200


def test_consumer_key_is_taken_once(sandbox: SandboxProcess) -> None:
    sandbox.make_link("k1", KEY.public_pem)
    browser = JiraBrowser(sandbox, "admin")
    page = browser.submit(to_incoming(browser, "9.12.15"), "consumerKey", **INCOMING)
    assert "There is already a consumer with the key" in page.text


def test_edited_public_key_counts_at_once(client: PracticeClient) -> None:
    token = client.token_of("ada")
    browser = JiraBrowser(client.sandbox, "admin")
    edit = browser.open(LISTING).text.split('class="button" href="')[1].split('"')[0]
    page = browser.open(edit)
    assert page.status_code == 200
    browser.submit(page, "consumerKey", publicKey=OTHER_KEY.public_pem)
    assert "signature_invalid" in client.get("/rest/api/2/myself", token).text
    renewed = PracticeClient(client.sandbox, "almoner-key", OTHER_KEY)
    assert renewed.get("/rest/api/2/myself", token).status_code == 200


def test_deleted_link_takes_its_tokens_along(client: PracticeClient) -> None:
    token = client.token_of("ada")
    browser = JiraBrowser(client.sandbox, "admin")
    listing = browser.open(LISTING)
    path = listing.text.split('action="')[1].split('"')[0]
    form = {"atl_token": listing.text.split('name="atl_token" value="')[1].split('"')[0]}
    browser.http.post(client.sandbox.url + path, data=form, timeout=10)
    assert "token_rejected" in client.get("/rest/api/2/myself", token).text
    assert client.request_token().problem == "consumer_key_unknown"


def test_only_administrators_see_links(sandbox: SandboxProcess) -> None:
    page = JiraBrowser(sandbox, "ada").open(LISTING)
    assert page.status_code == 403
    assert "Sign in as a Jira administrator" in page.text


def test_two_legged_calls_run_as_the_named_user(sandbox: SandboxProcess) -> None:
    sandbox.make_link("k2", KEY.public_pem, two_lo_allowed=True, two_lo_user="linus")
    assert PracticeClient(sandbox, "k2").get("/rest/api/2/myself", None).json()["name"] == "linus"
    sandbox.make_link("k3", KEY.public_pem)
    assert (
        "oauth_parameters_absent=oauth_token"
        in PracticeClient(sandbox, "k3").get("/rest/api/2/myself", None).text
    )
