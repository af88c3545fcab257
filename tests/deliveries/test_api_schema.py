"""What a program finds described is what it meets: schemathesis makes up requests from the description.

It sends what the description allows and what it does not; no answer may be another one than is described, and
none a failure of the portal's own.
"""

import os
import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from portal.programs.keys import OPERATIONS
from portal.programs.paths import PRESETS
from tests.support.deliveries import DeliveryOffice, build
from tests.support.programs import program_key
from tests.support.tokens import token_office

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "2"))  # of each address
READ, WRITTEN = "rest/api/2/myself", "rest/api/2/issue/NONE-1/comment"  # paths of Jira
QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.mark.soak
@pytest.mark.variant
def test_the_description_holds(office: DeliveryOffice) -> None:
    """Of what is delivered, by an account that only sends; of all else, by one at a practice Jira."""
    (sent,) = office.accepted(build(1))
    sending = {"account_id": str(office.account_id), "delivery_id": str(sent)}
    at_jira = token_office(office.portal, office.sandbox, office.tenant).account_id
    acting = {"account_id": str(at_jira)}
    accounts = [office.account_id, at_jira]
    key = program_key(office.tenant, accounts, operations=sorted(OPERATIONS), paths=list(PRESETS))
    description = schemathesis.openapi.from_url(office.url("openapi.json"))
    count = 0
    for found in description.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        known = acting if re.search("/(credentials$|proxy/)", operation.path) else sending
        known |= {"jira_path": READ if operation.method in ("get", "head") else WRITTEN}
        for mode in GenerationMode:
            count += tried(operation, mode, known, key.header)
    assert count >= 14


def tried(operation: Any, mode: GenerationMode, known: dict[str, str], headers: dict[str, str]) -> int:
    """How many requests were sent to an address."""
    sent = []

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=QUIET)
    @given(case=operation.as_strategy(generation_mode=mode))
    def holds(case: Any) -> None:
        # An account or delivery that is made up is unknown; what is sent to it would not be looked at.
        case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        sent.append(case.call_and_validate(headers=headers, excluded_checks=left_out(case)))

    holds()
    return len(sent)


def left_out(case: Any) -> list[Any]:
    """What a description cannot tell, and what is not so any more with our key and our account."""
    # That an issue is named in one field or another: neither is required.
    checks: list[Any] = [positive_data_acceptance]
    body = case.meta.components.get(ParameterLocation.BODY)
    return checks if body and body.mode.is_negative else [*checks, negative_data_rejection]
