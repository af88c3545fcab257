"""What goes wrong with changes only: one user's permission, a lost answer, and a limit met halfway."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.test_changes import AGILE, Caller
from tests.support.sandbox import SandboxProcess

RENAME = f"POST {AGILE}/sprint/13"


@pytest.fixture
def ada(sandbox: SandboxProcess) -> Caller:
    return Caller(sandbox)


def test_one_user_lacks_a_permission(ada: Caller) -> None:
    ada.sandbox.state(permissions_missing=["MANAGE_SPRINTS_PERMISSION:ada"])
    assert ada.send(RENAME, {"name": "Mine"}).status_code == 403
    assert Caller(ada.sandbox, "linus").send(RENAME, {"name": "Mine"}).status_code == 200


def test_a_change_takes_effect_and_its_answer_is_lost(ada: Caller) -> None:
    ada.sandbox.state(change_drop_answer=True)
    assert ada.send(f"GET {AGILE}/sprint/13").status_code == 200
    with pytest.raises(requests.ConnectionError):
        ada.send(RENAME, {"name": "Taken"})
    assert ada.sandbox.content()["sprints"]["13"]["name"] == "Taken"


def test_a_limit_is_met_after_so_many_changes(ada: Caller) -> None:
    ada.sandbox.state(changes_left=1)
    assert ada.send(RENAME, {"name": "First"}).status_code == 200
    refused = ada.send(RENAME, {"name": "Second"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert ada.send(f"GET {AGILE}/sprint/13").json()["name"] == "First"


def test_the_same_on_cloud(sandbox: SandboxProcess) -> None:
    sandbox.state(changes_left=0)
    token = sandbox.make_api_token("ada")
    url = f"{sandbox.sites['acme']}{AGILE}/sprint/13"
    auth = ("ada@example.com", token)
    assert requests.post(url, json={"name": "x"}, auth=auth, timeout=10).status_code == 429
    sandbox.state(changes_left=-1, permissions_missing=["MANAGE_SPRINTS_PERMISSION:ada"])
    assert requests.post(url, json={"name": "x"}, auth=auth, timeout=10).status_code == 403
