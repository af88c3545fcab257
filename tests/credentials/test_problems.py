"""The catalogue of problems: a cause, an owner and a fix for every code, whole sentences."""

import re
from string import Formatter
from urllib.parse import urlencode

import pytest
import requests

from portal.credentials.connections import read_connection
from portal.credentials.problem import LEFT_OUT
from portal.credentials.problems import OF_CHECKS, PROBLEMS, problem
from portal.credentials.problems_at_atlassian import AT_ATLASSIAN
from portal.credentials.problems_of_links import AT_SERVER
from portal.credentials.refusals import REFUSALS
from portal.jira.answers import Code, JiraTrouble, json_answer, trouble_from_response
from portal.jira.readers import expect_object
from portal.kinds.methods import OAUTH1
from portal.sandbox.cloud.wanted import WANTED

# What flows and credentials store themselves, beside the codes of the wire.
OWN = {
    "denied", "flow_expired", "account_deleted", "account_changed", "membership_ended", "consumer_replaced",
    "address_changed", "control_failed", "not_connected", "person_not_connected", "role_ended",
    "app_changed", "consent_app_refused", "consent_elsewhere", "consent_refused", "consent_replaced",
    "consent_scope_refused",
    "consent_server_error", "renewal_lost", "scopes_narrowed", "shared_app_refused",
    "link_rest_exists", "link_rest_forbidden", "link_rest_half", "link_rest_missing", "link_rest_refused",
    "account_closed", "token_ended", "way_ended", "way_ended_early", "portal_busy", "portal_full",
    "delivery_incomplete", "delivery_permission_missing", "delivery_permissions_untold", "delivery_site",
    "delivery_unticked",
}  # fmt: skip


def sentences(found):
    return f"{found.title} | {found.cause} | {found.owner} | {found.fix}"


def test_one_for_every_code_and_none_besides():
    assert set(PROBLEMS) == {str(code) for code in Code} | OWN | set(OF_CHECKS)
    assert all(code == found.code for code, found in PROBLEMS.items())


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_sentences_are_whole_with_and_without_evidence(code):
    for evidence in ({}, dict.fromkeys(LEFT_OUT, "EVIDENCE")):
        said = problem(code, evidence)
        assert said.title and said.cause and said.owner and said.fix
        assert not re.search(r"unknown\W*$|\{|\}|None", sentences(said).replace("an unknown number", ""))
        assert all(part.endswith((".", "!", ")")) for part in (said.cause, said.fix))
        assert not said.title.endswith(".")


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_every_piece_named_has_a_word_where_it_is_left_out(code):
    found = PROBLEMS[code]
    named = {name for text in (found.cause, found.fix) for _, name, _, _ in Formatter().parse(text) if name}
    assert named <= set(LEFT_OUT)


@pytest.mark.parametrize("code", sorted(AT_SERVER))
def test_a_jira_of_ones_own_has_its_own_words_for_codes_of_both_sides(code):
    said = problem(code, is_cloud=False)
    assert (
        PROBLEMS[code] and "Atlassian" not in sentences(said) and "developer console" not in sentences(said)
    )
    assert all(part.endswith((".", "!", ")")) for part in (said.cause, said.fix))


@pytest.mark.parametrize("code", sorted(AT_ATLASSIAN))
def test_what_only_atlassian_can_mend_names_no_jira_admin(code):
    said = problem(code, {"pause": "7"} if code == "rate_limited" else {}, is_cloud=True)
    assert PROBLEMS[code] and "Jira admin" not in sentences(said) and "{" not in sentences(said)
    assert code != "rate_limited" or said.fix == "Wait 7 seconds, then try again."


def test_a_code_of_nobodys_still_gets_a_page():
    assert "(odd_code)" in problem("odd_code").cause


def test_what_cannot_be_told_apart_is_said_so_with_what_to_check_in_order():
    """Atlassian answers a wrong e-mail and a revoked token alike."""
    said = problem("token_refused")
    reasons = ("wrong e-mail", "another person's", "expired", "revoked", "mistyped", "cannot be told apart")
    assert all(reason in said.cause for reason in reasons)
    order = [said.fix.index(word) for word in ("first,", "second,", "third,", "make a new token")]
    assert order == sorted(order)


@pytest.mark.parametrize("code", ["token_refused", "pat_refused", "password_refused"])
def test_a_deactivated_user_cannot_be_told_from_a_wrong_secret(code):
    said = problem(code)
    assert "deactivated" in said.cause and re.search(r"ask (an admin of the site|your Jira admin)", said.fix)


def test_the_scopes_that_prove_identity_are_named():
    """Those that opened ``myself`` when Jira's description was last read."""
    needed = WANTED["GET /rest/api/3/myself"]
    assert all(scope in problem("token_lacks_identity").cause for bundle in needed for scope in bundle)


def test_passing_faults_refuse_no_credential():
    assert not REFUSALS & {code for code in Code if JiraTrouble(code).retryable}


def answer(status=400, body=b"", **headers):
    """What a Jira may send, as requests gives it."""
    made = requests.Response()
    made.status_code, made._content = status, body
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    made.request = requests.Request(
        "GET", "https://j.example.org/rest", headers={"Authorization": 'OAuth realm=""'}
    ).prepare()
    return made


def refused(problem, status=401, **more):
    """An ``oauth_problem`` as Jira's provider sends it."""
    said = {"oauth_problem": problem} | {f"oauth_{name}": value for name, value in more.items()}
    return answer(status, urlencode(said).encode(), Date="Sun, 22 Nov 2020 10:00:00 GMT")


THEIRS = "GET&https%3A%2F%2Fother.example.org%2Frest&a%3D1"
SIGN_IN = answer(200, b"<html><title>Sign in here</title>", Content_Type="text/html")
GONE = answer(400, b'{"errorMessages": ["No such board."]}', Content_Type="application/json")
NOT_LISTED = answer(
    403,
    b'{"errorMessages": ["The IP address has been rejected because it is not on the allowed list. See your '
    b'admin for more information."], "errors": {}}',
    Content_Type="application/json",
)
QUOTA = answer(429, b"{}", RateLimit_Reason="jira-quota-global-based", Retry_After="1500")
REAL = {
    "parameter_absent": (refused("parameter_absent", parameters_absent="oauth_nonce"), "oauth_nonce"),
    "parameter_rejected": (refused("parameter_rejected", parameters_rejected="oauth_callback"), "callback"),
    "oauth_other": (refused("too_early"), "too_early"),
    "signature_invalid_url": (refused("signature_invalid", signature_base_string=THEIRS), "https://other.ex"),
    "timestamp_refused": (refused("timestamp_refused", 400), "ahead by -"),
    "redirected": (answer(302, Location="https://sso.example.org/x"), "https://sso.example.org"),
    "html_instead_of_json": (SIGN_IN, "Sign in here"),
    "bad_request": (GONE, "said: No such board."),
    "server_error": (answer(502), "502"),
    "quota_spent": (QUOTA, "Wait 25 minutes"),
    "ip_not_allowed": (NOT_LISTED, "not on the allowed list"),
    "maintenance": (answer(503), "503"),
}


@pytest.mark.parametrize("code", sorted(REAL))
def test_what_came_back_stands_in_the_sentence(code):
    response, piece = REAL[code]
    trouble = trouble_from_response(response)
    assert trouble.code == code
    assert piece in sentences(problem(str(trouble.code), trouble.evidence))


@pytest.mark.parametrize(
    ("read", "piece"),
    [
        (lambda: expect_object([], "an identity"), "an identity was expected"),
        (lambda: json_answer(answer(200, b"x", Content_Type="text/plain")), "it came as text/plain"),
    ],
)
def test_why_an_answer_is_none_is_told_in_one_word_or_another(read, piece):
    with pytest.raises(JiraTrouble) as caught:
        read()
    assert piece in problem(str(caught.value.code), caught.value.evidence).cause


def test_trouble_on_the_way_names_the_host(office):
    office.sandbox.state(drop_connection=True)
    with office.work.read() as session:
        connection = read_connection(session, office.account_id, OAUTH1)
    with pytest.raises(JiraTrouble) as caught, office.registry.within_ceiling(connection):
        office.registry.server_client(connection).create_authorization_url("https://portal.example.org/")
    assert caught.value.evidence["host"] == "localhost"


def test_a_problem_of_which_nothing_is_kept_still_has_sentences():
    assert "answered with an error: " in problem("maintenance").cause
    assert "answered with status 503: " in problem("maintenance", {"status": 503}).cause
    assert problem("oauth_other").cause == "Jira says: no more than that."
