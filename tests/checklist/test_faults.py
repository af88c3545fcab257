"""The checklist names what is wrong, and nothing else: each fault, pairs that mask each other, and none."""

from collections.abc import Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from portal.checklist.shown import RowView
from portal.credentials.problems import problem
from tests.checklist.desks import Desks, look, red
from tests.checklist.fault import Fault
from tests.checklist.faults import BY_NAME, FAULTS
from tests.checklist.faults_at_once import HEALTHY, PAIRS, RIGHTLY_RED, Healthy, Pair
from tests.support.variants import variants


@pytest.fixture(scope="module")
def desks(portal, running_sandbox, world) -> Desks:
    """The accounts of this module."""
    return Desks(portal, running_sandbox, world)


def without_rightly_red(rows: Mapping[str, RowView]) -> dict[str, str]:
    """Problems by row, but for what healthy accounts are told too."""
    return {name: code for name, (_, code) in red(rows).items() if RIGHTLY_RED.get(name) != code}


def told(rows: Mapping[str, RowView], fault: Fault) -> tuple[str, str]:
    """State and problem of the row that has to name the fault."""
    row = rows[fault.row]
    return row.state, row.trouble.code if row.trouble else ""


def reasons(*faults: Fault) -> dict[str, str]:
    """Which rows may be red by these, and by which problem."""
    found: dict[str, str] = {}
    for fault in faults:
        found |= {**fault.also, **({} if fault.state == "unknown" else {fault.row: fault.code})}
    return found


@contextmanager
def brought_about(desks: Desks, *faults: Fault) -> Any:
    """What the checklist says while these are wrong, all of one account."""
    way, at = faults[0].way, next((fault.at for fault in faults if fault.at), "")
    switches: dict[str, Any] = {}
    for fault in faults:
        switches |= fault.switches
    with ExitStack() as stack:
        if any(fault.spoils for fault in faults):
            stack.callback(desks.drop, way)
        sheet = stack.enter_context(desks.at(way, at))
        stack.enter_context(desks.switched(**switches))
        for fault in faults:
            if fault.act:
                fault.act(sheet)
        url = next((fault.portal_url for fault in faults if fault.portal_url), "")
        yield look(sheet, impatient=any(fault.hangs for fault in faults), portal_url=url)


@pytest.mark.parametrize("fault", variants(FAULTS, [fault.name for fault in FAULTS]))
def test_a_fault_is_named_by_its_row_and_no_other_is_red(desks: Desks, fault: Fault) -> None:
    with brought_about(desks, fault) as rows:
        assert told(rows, fault) == (fault.state, fault.code), (red(rows), rows[fault.row].waits_for)
        if fault.evidence:  # else the code alone names the problem
            assert rows[fault.row].trouble.title == problem(fault.code, fault.evidence).title
        assert without_rightly_red(rows) == reasons(fault)


@pytest.mark.parametrize("pair", variants(PAIRS, [f"{pair.first} + {pair.second}" for pair in PAIRS]))
def test_of_two_faults_the_one_that_comes_first_is_named(desks: Desks, pair: Pair) -> None:
    first, second = BY_NAME[pair.first], BY_NAME[pair.second]
    with brought_about(desks, first, second) as rows:
        assert told(rows, first) == (first.state, first.code)
        assert without_rightly_red(rows) == reasons(first, *([second] if pair.both else []))
        if pair.both:
            assert told(rows, second) == (second.state, second.code)
        elif second.row != first.row:
            assert rows[second.row].state in ("waiting", "unknown"), rows[second.row]


@pytest.mark.parametrize("healthy", variants(HEALTHY, [one.name for one in HEALTHY]))
def test_nothing_is_red_that_is_healthy(desks: Desks, healthy: Healthy) -> None:
    with desks.at(healthy.way, healthy.at) as sheet, desks.switched(**healthy.switches):
        if healthy.act:
            desks.drop(healthy.way)
            healthy.act(sheet)
        rows = look(sheet)
    assert without_rightly_red(rows) == {}
    assert {name: rows[name].state for name in healthy.proves} == dict.fromkeys(healthy.proves, "proved")
    assert {name for name, row in rows.items() if row.state == "waiting"} == set()


def test_a_refused_certificate_is_told_by_its_names_and_days(desks: Desks) -> None:
    """Whoever has to replace it finds it among others."""
    with brought_about(desks, BY_NAME["A certificate for another host"]) as rows:
        assert rows["tls"].said.startswith("Presented there: a certificate for jira.example.com")
        assert " by Practice authority of this computer, valid from " in rows["tls"].said
