"""The way through states: fields a screen demands, and who may go it; who may move issues."""

import pytest

from tests.sandbox.test_changes import AGILE, API, Caller
from tests.support.sandbox import SandboxProcess

WAY = f"{API}/issue/SHOP-4/transitions"


@pytest.fixture
def ada(sandbox: SandboxProcess) -> Caller:
    return Caller(sandbox)


def test_a_screen_demands_fields_and_tells_them(ada: Caller) -> None:
    ada.sandbox.state(transition_fields=["21:resolution", "21:customfield_10330"])
    assert "fields" not in ada.send(f"GET {WAY}").json()["transitions"][0]
    [found] = [
        one
        for one in ada.send(f"GET {WAY}?expand=transitions.fields").json()["transitions"]
        if one["id"] == "21"
    ]
    assert found["fields"]["resolution"]["required"] and found["fields"]["customfield_10330"]["required"]
    values = found["fields"]["resolution"]["allowedValues"]
    refused = ada.send(f"POST {WAY}", {"transition": {"id": "21"}})
    assert refused.status_code == 400
    assert refused.json()["errors"]["resolution"] == "Resolution is required."
    fields = {"resolution": {"id": values[1]["id"]}, "customfield_10330": "Shopfitters"}
    assert ada.send(f"POST {WAY}", {"transition": {"id": "21"}, "fields": fields}).status_code == 204
    held = ada.held("SHOP-4")
    assert (held["status"], held["resolution"], held["customer"]) == ("3", "Won't Do", "Shopfitters")


def test_who_may_not_change_states_is_offered_none(ada: Caller) -> None:
    ada.sandbox.state(permissions_missing=["TRANSITION_ISSUES:ada"])
    assert ada.send(f"GET {WAY}").json()["transitions"] == []
    assert ada.send(f"POST {WAY}", {"transition": {"id": "21"}}).status_code == 400
    assert Caller(ada.sandbox, "linus").send(f"GET {WAY}").json()["transitions"]


@pytest.mark.parametrize("route", [f"POST {AGILE}/sprint/13/issue", f"POST {AGILE}/backlog/issue"])
def test_who_may_not_schedule_moves_nothing(ada: Caller, route: str) -> None:
    ada.sandbox.state(permissions_missing=["SCHEDULE_ISSUES:ada"])
    assert ada.send(route, {"issues": ["SHOP-5"]}).status_code == 403
    assert ada.held("SHOP-5")["sprint"] == 12
    assert Caller(ada.sandbox, "linus").send(route, {"issues": ["SHOP-5"]}).status_code == 204
