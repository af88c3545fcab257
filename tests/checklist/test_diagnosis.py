"""The document of faults is what the table, the rows and the catalogue say; the practice Jira agrees."""

from dataclasses import fields

from portal.checklist.rows import BY_NAME as ROWS_BY_NAME
from portal.checklist.rows import ROWS, ROWS_OF_SENDING
from portal.credentials.problems import PROBLEMS, problem
from portal.sandbox.faults import Faults
from portal.sandbox.switch import LAYERS
from tests.checklist import diagnosis
from tests.checklist.faults import BY_NAME, FAULTS
from tests.checklist.faults_at_once import HEALTHY, PAIRS

# Switches that belong to several rows, as the version does: the matrix shows one of them at each.
AT_SEVERAL = frozenset(
    {
        "app_blocked",
        "app_private",
        "client_unknown",
        "deliveries_answer",
        "deliveries_not_permitted",
        "door",
        "door_proxy",
        "jira_version",
        "scopes_missing",
        "sites_removed",
        "token_status",
        "user_disabled",
    }
)
# They spoil answers in ways that other tests look at.
NOT_HERE = {
    "account_level_grants",
    "narrow_scopes",
    "seen_base_url",
    "token_body",
    "token_drop_answer",
}


def test_the_document_is_written_anew() -> None:
    """After a change: ``python -m tests.checklist.diagnosis``."""
    assert diagnosis.FILE.read_text("utf-8") == diagnosis.written()


def test_every_fault_is_a_row_and_a_problem_of_the_product() -> None:
    assert {fault.row for fault in FAULTS} <= set(ROWS_BY_NAME)
    assert {fault.code for fault in FAULTS} <= set(PROBLEMS)
    assert all(problem(fault.code).fix for fault in FAULTS)


def test_each_row_of_the_checklist_is_turned_red_or_yellow_by_some_fault() -> None:
    told = [fault for fault in FAULTS if fault.state in ("failed", "warning")]
    assert {row.name for row in ROWS} == {fault.row for fault in told if fault.way != "delivery"}
    # What an account that sends rests on has no end that is known: that row says how old the secret is.
    of_sending = {row.name for row in ROWS_OF_SENDING} - {"ends"}
    assert of_sending == {fault.row for fault in told if fault.way == "delivery"}


def test_the_table_has_what_was_promised() -> None:
    assert len(PAIRS) >= 20 and len(HEALTHY) >= 20
    assert len(BY_NAME) == len(FAULTS)
    assert all(BY_NAME[pair.first].way == BY_NAME[pair.second].way for pair in PAIRS)


def test_the_page_of_switches_names_rows_as_the_checklist_does() -> None:
    titles = {name: row.title for name, row in ROWS_BY_NAME.items()}
    assert {name: title for name, title in LAYERS.items() if name} == {
        name: titles.get(name) for name in LAYERS if name
    }


def test_a_switch_stands_beside_the_row_it_turns_red() -> None:
    rows = {one.name: one.metadata["row"] for one in fields(Faults)}
    for fault in FAULTS:
        alone = set(fault.switches) - {"side"}
        if len(alone) == 1 and not alone & AT_SEVERAL:
            assert rows[alone.pop()] == fault.row, fault.name


def test_every_switch_of_a_row_is_brought_about() -> None:
    used = {name for fault in FAULTS for name in fault.switches} | {
        name for one in HEALTHY for name in one.switches
    }
    left = {one.name for one in fields(Faults) if one.metadata["row"]} - used
    assert left == NOT_HERE
