"""What looks like a secret is replaced wherever the log would hold it, whoever logs it (T39)."""

import logging

import pytest
import structlog

from tests.support import canaries
from tests.support.portals import Portal

SHAPES = (
    "GET /rest?oauth_token={}&x=1",
    "{{'password': '{}'}}",
    "client_secret={} refused",
    "Authorization: Bearer {}",
    "Cookie: theme=dark; almoner={}",
    '{{"password": "two words and {}"}}',
    'OAuth realm="x", oauth_signature="{}"',
    "/callback?code={}&state=1",
    "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\n{}",
    "the token eyJhbGciOi.{}.c2ln",
)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_secret_is_replaced_in_what_anybody_logs(portal: Portal) -> None:
    """In a value, in what a library says, in what an error says."""
    for number, shape in enumerate(SHAPES):
        said = shape.format(canaries.new("logged"))
        structlog.get_logger("almoner.test").warning("told", number=number, said=said)
        logging.getLogger("a.library").warning("it said: %s", said)
        try:
            raise ValueError(said)
        except ValueError:
            structlog.get_logger("almoner.test").exception("failed", number=number)
        canaries.assert_none_in(portal.log_text(), f"the log, as {shape}")
    told = portal.get_log("told")[-len(SHAPES) :]
    assert [line["number"] for line in told] == list(range(len(SHAPES)))
    assert all("***" in line["said"] for line in told)
