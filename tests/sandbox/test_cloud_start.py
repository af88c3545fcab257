"""The hosts of the sites, the shared app of the start, and what a second start goes on with."""

import json
from pathlib import Path

import pytest
import requests

from tests.sandbox.cloud_client import CALLBACK, SCOPES, CloudClient
from tests.sandbox.test_switches import start
from tests.support.sandbox import CloudApp, CloudBrowser, SandboxProcess

SHARED = {"client_id": "shared-app-of-the-operator", "client_secret": "ATOA-shared", "callback_url": CALLBACK}


def test_a_site_tells_its_cloud_id_unless_it_hides_it(sandbox: SandboxProcess) -> None:
    for name, url in sandbox.sites.items():
        answer = requests.get(f"{url}/_edge/tenant_info", timeout=10)
        assert answer.json() == {"cloudId": sandbox.cloud_ids[name]}
    for shown, status in (("forbidden", 403), ("not_found", 404)):
        sandbox.state(tenant_info=shown)
        assert requests.get(f"{sandbox.sites['acme']}/_edge/tenant_info", timeout=10).status_code == status


def test_tokens_of_the_gateway_open_nothing_on_a_site(cloud: CloudClient) -> None:
    url = f"{cloud.sandbox.sites['acme']}/rest/api/3/myself"
    assert cloud.call(url, cloud.tokens()["access_token"]).status_code == 403
    assert requests.get(url, timeout=10).status_code == 401


def test_the_address_of_an_issue_is_on_its_site(sandbox: SandboxProcess) -> None:
    site = sandbox.sites["globex"]
    page = requests.get(f"{site}/browse/PLAT-1", timeout=10)
    assert "PLAT-1" in page.text
    assert "certificates" not in page.text
    assert requests.get(f"{site}/browse/NONE-1", timeout=10).status_code == 404
    assert "globex" in requests.get(site, timeout=10).text


def test_the_front_pages_lead_to_each_other(sandbox: SandboxProcess) -> None:
    assert f'href="{sandbox.cloud_url}/"' in requests.get(sandbox.url, timeout=10).text
    page = requests.get(sandbox.cloud_url, timeout=10).text
    assert all(text in page for text in ("ada@example.com", "ada-practice", *sandbox.sites.values()))


def test_control_refuses_what_no_app_can_be(sandbox: SandboxProcess) -> None:
    url = f"{sandbox.url}/sandbox/cloud/apps"
    for wrong in (
        {"scopes": ["nosuch"]},
        {"owner": "nobody"},
        {"callback_url": "http://evil.example"},
        {"x": 1},
    ):
        answer = requests.post(url, json=wrong, timeout=10)
        assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
    assert requests.post(url, data="{}", timeout=10).status_code == 415


def test_a_shared_app_is_there_from_the_start_and_after_a_reset(tmp_path: Path) -> None:
    file = tmp_path / "app.json"
    file.write_text(json.dumps(SHARED | {"scopes": SCOPES}))
    with SandboxProcess(shared_app=file) as sandbox:
        app = CloudApp("", SHARED["client_id"], SHARED["client_secret"])
        for _ in range(2):
            assert CloudClient(sandbox, app).tokens("grace")["token_type"] == "Bearer"
            assert "Almoner" in CloudBrowser(sandbox, "admin").open("/console/myapps").text
            sandbox.reset()


def test_a_second_start_goes_on_with_apps_grants_and_tokens(tmp_path: Path) -> None:
    file, folder = tmp_path / "app.json", tmp_path / "data"
    file.write_text(json.dumps(SHARED | {"scopes": SCOPES}))
    with SandboxProcess(folder, shared_app=file) as first:
        cloud = CloudClient(first)
        tokens = cloud.tokens("ada")
        used = tokens["refresh_token"]
        tokens = cloud.refresh(used).json()
    file.write_text(json.dumps(SHARED | {"scopes": SCOPES, "name": "Renamed"}))
    with SandboxProcess(folder, shared_app=file) as second:
        again = CloudClient(second, cloud.app)
        assert again.get("/rest/api/3/myself", tokens["access_token"]).status_code == 200
        assert again.refresh(tokens["refresh_token"]).status_code == 200
        second.state(refresh_leeway_seconds=0)
        assert again.refresh(used).status_code == 403
        apps = CloudBrowser(second, "admin").open("/console/myapps").text
        assert (apps.count("Renamed"), apps.count("OAuth 2.0</td>")) == (1, 2)


def test_a_state_of_before_the_cloud_side_is_read(tmp_path: Path) -> None:
    with SandboxProcess(tmp_path):
        pass
    file = tmp_path / "sandbox.json"
    content = json.loads(file.read_text())
    del content["cloud"]
    file.write_text(json.dumps(content))
    with SandboxProcess(tmp_path) as sandbox:
        assert sandbox.cloud_state()["families"] == []


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"client_id": "a", "client_secret": "b", "scopes": ["x"]}']
)
def test_an_unreadable_shared_app_is_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "app.json"
    file.write_text(content)
    ended = start("--port", "0", "--shared-app", str(file))
    assert ended.returncode == 1
    assert ended.stderr.strip()
    assert "Traceback" not in ended.stderr


def test_one_port_for_two_sites_is_a_sentence() -> None:
    ended = start("--port", "0", "--site-ports", "8093")
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
