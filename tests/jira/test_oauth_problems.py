"""Each oauth_problem of a Jira becomes a code; the echoed base string tells a wrong URL from a wrong key."""

from datetime import timedelta
from email.utils import format_datetime
from urllib.parse import quote

import pytest
import requests
from oauthlib.oauth1.rfc5849 import signature

from portal.clock import now
from portal.jira.answers import Code, JiraTrouble, trouble_from_response
from portal.jira.oauth_problems import base_string

URL = "https://jira.example.com/jira/rest/api/2/myself"
AUTHORIZATION = (
    'OAuth oauth_nonce="n", oauth_timestamp="1700000000", oauth_version="1.0",'
    ' oauth_signature_method="RSA-SHA1", oauth_consumer_key="almoner", oauth_token="canary-token",'
    ' oauth_signature="c2ln"'
)
SAME = [
    "consumer_key_unknown", "signature_invalid", "signature_method_rejected", "timestamp_refused",
    "nonce_used", "token_rejected", "token_expired", "token_used", "token_revoked", "permission_unknown",
    "permission_denied", "parameter_absent", "parameter_rejected", "version_rejected",
]  # fmt: skip
OTHERS = {
    "consumer_key_rejected": Code.OAUTH_OTHER,
    "user_refused": Code.OAUTH_OTHER,
    "No user associated with the token": Code.USER_UNKNOWN,
    "User ada associated with the token canary was not found in the system": Code.USER_UNKNOWN,
}


def answer(body: str = "", status: int = 401, url: str = URL, **headers: str) -> requests.Response:
    """A response as an adapter makes it, to a signed GET."""
    response = requests.Response()
    response.status_code = status
    response._content = body.encode()
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    response.request = requests.Request("GET", url, headers={"Authorization": AUTHORIZATION}).prepare()
    return response


def trouble(*args: object, **options: object) -> JiraTrouble:
    found = trouble_from_response(answer(*args, **options))  # type: ignore[arg-type]
    assert found is not None
    return found


@pytest.mark.parametrize("problem, code", [*((name, Code(name)) for name in SAME), *OTHERS.items()])
def test_each_problem_has_its_code_in_body_and_header(problem: str, code: Code) -> None:
    assert trouble(f"oauth_problem={quote(problem)}").code is code
    header = f'OAuth realm="https%3A%2F%2Fjira", oauth_problem="{quote(problem)}"'
    assert trouble("<html>", WWW_Authenticate=header).code is code


def echoed(text: str) -> str:
    return f"oauth_problem=signature_invalid&oauth_signature_base_string={quote(text, safe='')}"


def test_equal_base_strings_mean_a_wrong_key() -> None:
    ours = base_string(answer().request)
    assert trouble(echoed(ours)).code is Code.SIGNATURE_INVALID_KEY


def test_another_url_is_shown_without_the_token() -> None:
    theirs = base_string(answer(url="http://jira.example.com:8080/rest/api/2/myself").request)
    found = trouble(echoed(theirs))
    assert found.code is Code.SIGNATURE_INVALID_URL
    assert found.evidence["signed_by_us"] == f"GET {URL}"
    assert found.evidence["seen_by_jira"] == "GET http://jira.example.com:8080/rest/api/2/myself"
    assert "canary" not in str(found)


def test_another_parameter_is_named() -> None:
    theirs = base_string(answer(url=URL + "?added=by-proxy").request)
    found = trouble(echoed(theirs))
    assert (found.code, found.evidence["parameters"]) == (Code.SIGNATURE_INVALID_URL, "added")


@pytest.mark.parametrize("text", ["", "&", "GET&x", "%&%&%", "a&b&c&d", "<script>&\u202e&\0"])
def test_odd_base_strings_do_no_harm(text: str) -> None:
    assert trouble(echoed(text)).code in {Code.SIGNATURE_INVALID, Code.SIGNATURE_INVALID_URL}


def test_a_refused_timestamp_comes_with_window_and_difference() -> None:
    theirs = int(now().timestamp()) + 600
    window = f"{theirs - 300}-{theirs + 300}"
    found = trouble(f"oauth_problem=timestamp_refused&oauth_acceptable_timestamps={window}", 400)
    assert found.evidence["window"] == window
    assert 598 <= int(found.evidence["clock_difference_seconds"]) <= 601


@pytest.mark.parametrize("window", ["", "700-100", "-1-5", "1e3-2e3", "soon", "1-9999999999999"])
def test_a_refused_timestamp_without_a_window_goes_by_the_date(window: str) -> None:
    """The window is Jira's own word; a Date header may be a proxy's, and is taken where there is no other."""
    ahead = format_datetime(now() + timedelta(minutes=10), usegmt=True)
    found = trouble(f"oauth_problem=timestamp_refused&oauth_acceptable_timestamps={window}", 400, Date=ahead)
    assert 598 <= int(found.evidence["clock_difference_seconds"]) <= 601


def test_absent_parameters_are_named() -> None:
    found = trouble("oauth_problem=parameter_absent&oauth_parameters_absent=oauth_token%26oauth_nonce", 400)
    assert found.evidence["parameters"] == "oauth_token&oauth_nonce"


def test_the_word_in_a_page_is_no_problem_of_oauth() -> None:
    page = "<html><title>Log in</title>?oauth_problem=token_rejected</html>"
    assert trouble(page, 500, Content_Type="text/html").code is Code.SERVER_ERROR


def test_base_string_is_that_of_an_independent_implementation() -> None:
    url = URL + "?jql=project%20%3D%20SHOP&b=%C3%BC&a=1"
    request = answer(url=url).request
    params = signature.collect_parameters(
        "jql=project%20%3D%20SHOP&b=%C3%BC&a=1", headers={"Authorization": AUTHORIZATION}
    )
    expected = signature.signature_base_string(
        "GET", signature.base_string_uri(url), signature.normalize_parameters(params)
    )
    assert base_string(request) == expected
