"""The practice Jira for tests: as a process of its own, and a person with a browser in front of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import requests

from portal.sandbox.people import USERS
from tests.support.delivery_control import DeliveryControl
from tests.support.server_control import ServerControl

ROOT = Path(__file__).parents[2]
MOST_STEPS = 12


class SandboxProcess(ServerControl, DeliveryControl):
    """``python -m portal.sandbox`` on a free port; also a context manager."""

    def __init__(
        self, data: Path | None = None, context_path: str = "", shared_app: Path | None = None
    ) -> None:
        """Start it and wait until it is ready. ``data``: folder for its state (memory when not given)."""
        command = [sys.executable, "-m", "portal.sandbox", "--port", "0", "--quiet"]
        command += ["--data", str(data)] if data else []
        command += ["--context-path", context_path] if context_path else []
        command += ["--shared-app", str(shared_app)] if shared_app else []
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
        told = self.state()
        self.sso_url = str(told["sso_url"])
        self.cloud_url = str(told["cloud_url"])
        self.sites: dict[str, str] = told["sites"]
        self.cloud_ids: dict[str, str] = told["cloud_ids"]
        self.door, self.secure_door = str(told["door_url"]), str(told["secure_door_url"])

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
        """Set switches (none: only look); answers them with counters and addresses."""
        answer = self._http.post(f"{self.url}/sandbox/state", json=switches, timeout=10)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def reset(self) -> None:
        """Back to the initial data: no links, tokens, switches or recorded requests."""
        self.state(reset=True)

    def authority(self) -> str:
        """The certificate authority of the front door, as PEM."""
        return self._http.get(f"{self.url}/sandbox/door/authority.pem", timeout=10).text

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

    def make_app(
        self,
        callback_url: str = "",
        scopes: Sequence[str] = (),
        owner: str = "admin",
        name: str = "Almoner",
        sharing: bool = True,
        **more: Any,
    ) -> CloudApp:
        """Make an OAuth 2.0 app without walking the console. ``more``: ``client_id``, ``client_secret``."""
        values = {"callback_url": callback_url, "scopes": list(scopes), "owner": owner, "name": name}
        return CloudApp(**self._control("apps", values | {"sharing": sharing} | more))

    def change_app(self, app: CloudApp, **wanted: Any) -> CloudApp:
        """Change ``callback_url``, ``scopes``, ``sharing``; ``new_secret=True``, ``delete=True`` act."""
        return CloudApp(**self._control(f"apps/{app.id}", wanted))

    def age_refresh_tokens(self, days: float) -> None:
        """Make every refresh token older."""
        self._control("age", {"refresh_days": days})

    def end_access_tokens(self) -> None:
        """Every access token of the Cloud side is over now; refresh tokens are not."""
        self._control("age", {"access": True})

    def end_grant(self, app: CloudApp, user: str) -> None:
        """The person removes the app from his account."""
        self._control("grants/end", {"client_id": app.client_id, "user": user})

    def make_api_token(
        self,
        account: str,
        *,
        scopes: Sequence[str] | None = None,
        days: int = 365,
        label: str = "Practice",
    ) -> str:
        """Make an API token of an account (e-mail address, account id or user name).

        ``scopes`` ``None``: a classic one.
        """
        values = {"account": account, "days": days, "label": label}
        return str(self._control("api-tokens", values | {"scopes": scopes and list(scopes)})["token"])

    def end_api_token(self, token: str) -> None:
        """Its owner revokes an API token."""
        self._control("api-tokens/end", {"token": token})

    def expire_api_token(self, token: str) -> None:
        """The expiry date of an API token has come."""
        self._control("api-tokens/expire", {"token": token})

    def close_account(self, account_id: str) -> None:
        """Somebody closes the Atlassian account: it is reported as closed, and all its tokens end."""
        self._control(f"accounts/{account_id}", {"closed": True})

    def change_account(self, account_id: str, *, name: str) -> None:
        """Somebody takes another name: the account is reported as updated."""
        self._control(f"accounts/{account_id}", {"name": name})

    def reports(self) -> list[dict[str, Any]]:
        """The reports of accounts: ``at``, ``client_id``, ``accounts``, ``too_soon``, ``answered``."""
        return list(self._http.get(f"{self.url}/sandbox/cloud/reports", timeout=10).json())

    def set_cycle(self, text: str) -> None:
        """What ``Cycle-Period`` says from now on: ``P7D``, seconds, or nothing."""
        self.state(report_cycle=text)

    def cloud_state(self) -> dict[str, Any]:
        """Counts of exchanges and refreshes, and grants and families of tokens, without any token."""
        return dict(self._http.get(f"{self.url}/sandbox/cloud/state", timeout=10).json())

    def _control(self, path: str, values: dict[str, Any]) -> dict[str, Any]:
        answer = self._http.post(f"{self.url}/sandbox/cloud/{path}", json=values, timeout=10)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())


@dataclass
class CloudApp:
    """An app of the Cloud side's console."""

    id: str
    client_id: str
    client_secret: str = field(repr=False)


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
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), {}, set()))
        elif tag == "select" and self.forms and given.get("name"):
            self._select = given["name"]
            self.forms[-1].names.add(given["name"])
        elif tag == "option" and self._select and "selected" in given:
            self.forms[-1].values[self._select] = given.get("value", "")
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
        """Open a page (a path is taken below ``home``), signing in where asked."""
        page = self._get(urljoin(f"{self.home}/", url.lstrip("/")))
        for user_field, password_field in (("username", "password"), ("os_username", "os_password")):
            form = find_form(page, user_field)
            if form:
                page = self.submit(
                    page, user_field, **{user_field: self.user.name, password_field: self.user.password}
                )
        return page

    @property
    def home(self) -> str:
        """Where paths begin."""
        return self.sandbox.url

    def submit(self, page: requests.Response, name: str, /, **values: str | list[str]) -> requests.Response:
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
        own = {urlsplit(self.home).netloc, urlsplit(self.sandbox.sso_url).netloc}
        for _ in range(MOST_STEPS):
            target = urljoin(answer.url, answer.headers.get("Location", ""))
            if not answer.is_redirect or urlsplit(target).netloc not in own:
                return answer
            answer = self.http.get(target, allow_redirects=False, timeout=30)
        raise AssertionError(f"Redirected {MOST_STEPS} times, last to {answer.url}")


class CloudBrowser(JiraBrowser):
    """The same person in front of the Atlassian host: console, consent, connected apps."""

    @property
    def home(self) -> str:
        """The Atlassian host."""
        return self.sandbox.cloud_url

    def accept(self, authorize_url: str, site: str = "acme", scopes: Sequence[str] | None = None) -> str:
        """Press *Accept* for a site; returns the callback URL, which is not opened.

        ``scopes``: ask for these instead of those in ``authorize_url``.
        """
        if scopes is not None:
            authorize_url = with_query(authorize_url, scope=" ".join(scopes))
        return self._answer(authorize_url, accept="Accept", site=self.sandbox.cloud_ids[site])

    def cancel(self, authorize_url: str) -> str:
        """Press *Cancel*; returns the callback URL, which is not opened."""
        return self._answer(authorize_url, cancel="Cancel")

    def _answer(self, authorize_url: str, **values: str) -> str:
        answer = self.submit(self.open(authorize_url), "accept", **values)
        assert answer.is_redirect, f"No way back from consent: {answer.status_code} {answer.text[:500]}"
        return answer.headers["Location"]


def with_query(url: str, **values: str | None) -> str:
    """A URL with values of its query replaced; ``None`` leaves one out."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | values
    kept = {name: value for name, value in query.items() if value is not None}
    return urlunsplit(parts._replace(query=urlencode(kept)))


def find_form(page: requests.Response, name: str) -> Form | None:
    """The first form of a page with a field or button of this name."""
    parser = _Forms()
    parser.feed(page.text)
    return next((form for form in parser.forms if name in form.names), None)


def callback_values(url: str) -> dict[str, str]:
    """The query of a callback URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
