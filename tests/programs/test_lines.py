"""The ready lines work as they stand: they are taken from the page and run against the portal."""

import json
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
import requests
from sqlalchemy import select

from portal.store.tables import Delivery
from tests.programs.conftest import make
from tests.support.deliveries import delivery_office
from tests.support.page import Page
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.world import TenantWorld

# A branch and a message as git allows them, to be kept letter by letter.
BRANCH, MESSAGE = 'feature/ABC-12-"quoted"', 'ABC-13 Say "no" to \\ and $HOME `id`, für alle'
BAMBOO = {
    "bamboo_planKey": "SHOP-WEB",
    "bamboo_buildNumber": "42",
    "bamboo_buildResultsUrl": "https://bamboo.example.org/browse/SHOP-WEB-42",
    "bamboo_resultsUrl": "https://bamboo.example.org/deploy/7",
    "bamboo_deploy_project": "Web shop",
    "bamboo_deploy_environment": 'Production "EU"',
    "bamboo_planRepository_branchName": BRANCH,
}
GITLAB = {
    "CI_PROJECT_PATH": "shop/web",
    "CI_PIPELINE_IID": "42",
    "CI_PIPELINE_URL": "https://gitlab.example.org/shop/web/-/pipelines/1",
    "CI_JOB_URL": "https://gitlab.example.org/shop/web/-/jobs/2",
    "CI_JOB_STATUS": "canceled",
    "CI_ENVIRONMENT_NAME": "production",
    "CI_COMMIT_REF_NAME": BRANCH,
    "CI_COMMIT_TITLE": MESSAGE,
    "ALMONER_STATE": "successful",
}


class Desk:
    """A folder with a git commit, in which lines of the page of a key are run."""

    def __init__(self, folder: Path, page: Page, text: str, tenant: TenantWorld, account_id: UUID) -> None:
        self.folder, self.page, self.text = folder, page, text
        self.tenant, self.account_id = tenant, account_id
        git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
        for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", MESSAGE]):
            subprocess.run([*git, *command], cwd=folder, check=True)

    def run(self, script: str, **variables: str) -> str:
        """What a shell prints; it must end well."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), **variables}
        done = subprocess.run(
            ["sh", "-e", "-c", script],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert self.text not in done.stdout + done.stderr
        return done.stdout

    def taken(self) -> Delivery:
        """The newest delivery of the account."""
        with self.tenant.work().read() as session:
            mine = select(Delivery).where(Delivery.account_id == self.account_id)
            return session.scalars(mine.order_by(Delivery.position.desc()).limit(1)).one()


@pytest.fixture
def desk(tmp_path: Path, portal: Portal, sandbox: SandboxProcess, tenant: TenantWorld, admin: Person) -> Desk:
    account_id = delivery_office(portal, sandbox, tenant).account_id
    text = make(admin, tenant, "Lines", account_id)
    return Desk(tmp_path, admin.click("the page of the key"), text, tenant, account_id)


def yaml_script(lines: str) -> str:
    """The block of a job in .gitlab-ci.yml, as its shell gets it."""
    found = re.findall(r"    - \|\n((?:      .*\n|\n)+)", lines + "\n")
    assert len(found) == 1, lines
    return "\n".join(line[6:] for line in found[0].splitlines())


def test_curl(desk: Desk) -> None:
    for what, keys, state in (("build", " ABC-12 ", "successful"), ("deployment", " ABC-12 ", "successful")):
        printed = desk.run(desk.page.value(f"#curl-{what}"), ALMONER_KEY=desk.text)
        assert json.loads(printed)["deliveries"], printed
        found = desk.taken()
        assert (found.kind, found.issue_keys, found.reported) == (f"{what}s", keys, state)


class LosingDoor(BaseHTTPRequestHandler):
    """Hands a request on to the portal; the first answer gets lost, as a proxy tells that it did."""

    target: str
    names: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        sent = {name: self.headers[name] for name in ("Authorization", "Content-Type", "Idempotency-Key")}
        answer = requests.post(self.target + self.path, data=body, headers=sent, timeout=20)
        self.names.append(sent["Idempotency-Key"])
        self.send_response(504 if len(self.names) == 1 else answer.status_code)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *args: object) -> None:
        """Nothing into the tests' output."""


def test_a_request_whose_answer_was_lost_is_taken_once(desk: Desk, portal: Portal) -> None:
    """Curl sends it again by itself, under the same name; the next run of the script has another."""
    door = type("Door", (LosingDoor,), {"target": portal.base_url, "names": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    script = desk.page.value("#curl-build")
    by_door = script.replace(portal.base_url, f"http://127.0.0.1:{server.server_port}")
    printed = [desk.run(by_door, ALMONER_KEY=desk.text) for _ in range(2)]
    server.shutdown()
    server.server_close()
    first, again, second = door.names
    assert first == again != second and re.fullmatch("[0-9a-f]{32}", first), door.names
    with desk.tenant.work().read() as session:
        taken = session.scalars(select(Delivery).where(Delivery.account_id == desk.account_id)).all()
    assert {str(one.id) for one in taken} == {
        id for one in printed for id in re.findall('"id": "(.*?)"', one)
    }
    assert len(taken) == 2, "one for each run"


def test_a_refusal_is_shown_with_its_reason(desk: Desk) -> None:
    script = desk.page.value("#curl-build").replace("ABC-12", "main")
    printed = desk.run(script + " || true", ALMONER_KEY=desk.text)
    assert "issue" in json.loads(printed)["errors"][0]["detail"]


def test_bitbucket_by_bamboo(desk: Desk) -> None:
    variables = {**BAMBOO, "bamboo_almoner_key_secret": desk.text}
    for what in ("build", "deployment"):
        for is_passed, state in ((True, "successful"), (False, "failed")):
            if is_passed:
                (desk.folder / "almoner.passed").touch()
            desk.run(desk.page.value(f"#bitbucket-{what}"), **variables)
            found = desk.taken()
            assert (found.kind, found.reported) == (f"{what}s", state)
            assert found.issue_keys == " ABC-12 ABC-13 "
    assert found.body["environment"]["displayName"] == 'Production "EU"'
    assert found.body["description"] == MESSAGE


def test_gitlab(desk: Desk) -> None:
    for what, state in (("build", "successful"), ("deployment", "cancelled")):
        script = yaml_script(desk.page.value(f"#gitlab-{what}"))
        desk.run(script, ALMONER_KEY=desk.text, **GITLAB)
        found = desk.taken()
        assert (found.kind, found.reported, found.issue_keys) == (f"{what}s", state, " ABC-12 ABC-13 ")
    assert found.body["environment"] == {
        "id": "production",
        "displayName": "production",
        "type": "production",
    }
    assert found.body["description"] == MESSAGE


def test_jenkins(desk: Desk) -> None:
    """Its shell part, with what Groovy would have written; braces and quotes of the rest are in balance."""
    for what in ("build", "deployment"):
        lines = desk.page.value(f"#jenkins-{what}")
        for opening, closing in ("{}", "()", "[]"):
            assert lines.count(opening) == lines.count(closing) > 0
        sent = {"pipeline": "web", "number": 42, "state": "failed", "url": "https://ci.example.org/42"}
        sent |= {"branch": BRANCH, "message": MESSAGE} | (
            {"environment": "Staging"} if what == "deployment" else {}
        )
        written = set(re.findall(r"(\w+): (?!'|\[)", lines.partition("toJson")[2].partition("])")[0]))
        assert written - {"returnStdout"} | ({"environment"} & set(sent)) == set(sent)
        (desk.folder / "almoner.json").write_text(json.dumps(sent), "utf-8")
        desk.run(lines.split("'''")[1], ALMONER_KEY=desk.text)
        assert (desk.taken().kind, desk.taken().reported) == (f"{what}s", "failed")


def test_no_lines_hold_the_key_or_show_it_to_other_processes(desk: Desk) -> None:
    areas = desk.page.soup.select("textarea")
    assert len(areas) == 8
    for area in areas:
        lines = area.get_text()
        assert desk.text[:30] not in lines
        assert re.search(r"printf 'Authorization: Bearer %s' \"\$ALMONER_KEY\" \|\n", lines), lines
        assert "--header @-" in lines
        assert '--header "Idempotency-Key: $(' in lines
