"""The practice Jira for tests: as a process of its own, and a person with a browser in front of it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from portal.sandbox.people import USERS

ROOT = Path(__file__).parents[2]
MOST_STEPS = 12


class SandboxProcess:
    """``python -m portal.sandbox`` on a free port; also a context manager."""

    def __init__(self, data: Path | None = None, context_path: str = "") -> None:
        """Start it and wait until it is ready. ``data``: folder for its state (memory when not given)."""
        command = [sys.executable, "-m", "portal.sandbox", "--port", "0", "--quiet"]
        command += ["--data", str(data)] if data else []
        command += ["--context-path", context_path] if context_path else []
        self._http = requests.Session()
        self._http.trust_env = False
        self._process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("Sandbox Jira: "):
            self.stop()
            raise RuntimeError(f"The sandbox did not start: {line!r}")
        self.url = line.removeprefix("Sandbox Jira: ").strip()
        self.sso_url = str(self.state()["sso_url"])

    def __enter__(self) -> SandboxProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process."""
        self._http.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)
        if self._process.stdout:
            self._process.stdout.close()

    def state(self, **switches: Any) -> dict[str, Any]:
        """Set switches (none: only look); answers ``{"switches", "counters", "sso_url"}``."""
        answer = self._http.post(f"{self.url}/sandbox/state", json=switches, timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def reset(self) -> None:
        """Back to the initial data: no links, tokens, switches or recorded requests."""
        self.state(reset=True)

    def requests(self) -> list[dict[str, Any]]:
        """The last 500 requests, oldest first (fields: ``portal.sandbox.journal.Entry``)."""
        return list(self._http.get(f"{self.url}/sandbox/requests", timeout=10).json())

    def clear_requests(self) -> None:
        """Forget the recorded requests and counters."""
        self._http.post(f"{self.url}/sandbox/requests/clear", timeout=10)

    def make_link(
        self,
        consumer_key: str,
        public_key: str,
        consumer_name: str = "Almoner",
        callback_url: str = "",
        name: str = "Almoner",
        **more: Any,
    ) -> str:
        """Make an application link without walking the pages; returns its id."""
        values = {"consumer_key": consumer_key, "public_key": public_key, "consumer_name": consumer_name}
        values |= {"callback_url": callback_url, "name": name, **more}
        answer = self._http.post(f"{self.url}/sandbox/links", json=values, timeout=10)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


@dataclass
class Form:
    """The form of a page that has a button or field of a given name."""

    action: str
    values: dict[str, str]
    names: set[str]


class _Forms(HTMLParser):
    """Collects the forms of a page with their hidden and filled values."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), {}, set()))
        elif tag in ("input", "textarea", "button") and self.forms and given.get("name"):
            form = self.forms[-1]
            form.names.add(given["name"])
            ticked = given.get("type") not in ("checkbox", "radio") or "checked" in given
            if tag == "input" and ticked:
                form.values[given["name"]] = given.get("value", "")


class JiraBrowser:
    """A person with a browser of their own, without JavaScript: signs in when asked, and answers consent."""

    def __init__(self, sandbox: SandboxProcess, user: str) -> None:
        """``user``: one of ``admin``, ``ada``, ``grace``, ``linus``."""
        self.sandbox = sandbox
        self.user = USERS[user]
        self.http = requests.Session()
        self.http.trust_env = False

    def open(self, url: str) -> requests.Response:
        """Open a page (a path is taken below the sandbox's URL), signing in where asked."""
        page = self._get(urljoin(f"{self.sandbox.url}/", url.lstrip("/")))
        for user_field, password_field in (("username", "password"), ("os_username", "os_password")):
            form = find_form(page, user_field)
            if form:
                page = self.submit(
                    page, user_field, **{user_field: self.user.name, password_field: self.user.password}
                )
        return page

    def submit(self, page: requests.Response, name: str, **values: str) -> requests.Response:
        """Send the form of a page that has the field or button ``name``, with hidden values kept."""
        form = find_form(page, name)
        assert form is not None, (
            f"No form with {name!r} at {page.url} ({page.status_code}): {page.text[:500]}"
        )
        return self._follow(
            self.http.post(
                urljoin(page.url, form.action), data=form.values | values, allow_redirects=False, timeout=30
            )
        )

    def allow(self, authorize_url: str) -> str:
        """Press *Allow*; returns the callback URL one is sent to, which is not opened."""
        return self._decide(authorize_url, "approve")

    def deny(self, authorize_url: str) -> str:
        """Press *Deny*; returns the callback URL one is sent to, which is not opened."""
        return self._decide(authorize_url, "deny")

    def _decide(self, authorize_url: str, button: str) -> str:
        answer = self.submit(self.open(authorize_url), button, **{button: "pressed"})
        assert answer.is_redirect, f"No way back from consent: {answer.status_code} {answer.text[:500]}"
        return answer.headers["Location"]

    def _get(self, url: str) -> requests.Response:
        return self._follow(self.http.get(url, allow_redirects=False, timeout=30))

    def _follow(self, answer: requests.Response) -> requests.Response:
        """Follow redirects within Jira and its sign-on host; stop before any other place."""
        own = {urlsplit(self.sandbox.url).netloc, urlsplit(self.sandbox.sso_url).netloc}
        for _ in range(MOST_STEPS):
            target = urljoin(answer.url, answer.headers.get("Location", ""))
            if not answer.is_redirect or urlsplit(target).netloc not in own:
                return answer
            answer = self.http.get(target, allow_redirects=False, timeout=30)
        raise AssertionError(f"Redirected {MOST_STEPS} times, last to {answer.url}")


def find_form(page: requests.Response, name: str) -> Form | None:
    """The first form of a page with a field or button of this name."""
    parser = _Forms()
    parser.feed(page.text)
    return next((form for form in parser.forms if name in form.names), None)


def callback_values(url: str) -> dict[str, str]:
    """The query of a callback URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
