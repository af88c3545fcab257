"""Settings: each wrong value is named and never repeated, and the README lists them all (T60)."""

import re
from pathlib import Path

import pytest

from portal.config import FORBIDDEN_ENVIRONMENT, Settings, read_settings
from portal.errors import StartRefused

ROOT = Path(__file__).parents[2]
WRONG = [
    ("ALMONER_BASE_URL", "almoner.example.org", "must be an address"),
    ("ALMONER_BASE_URL", "https://almoner.example.org/portal", "scheme and host only"),
    ("ALMONER_BASE_URL", "https://almoner.example.org/?q=1", "scheme and host only"),
    ("ALMONER_BASE_URL", "http://almoner.example.org", "must be https"),
    ("ALMONER_BASE_URL", "https://ada:wrongsecret@example.org", "must be an address"),
    ("ALMONER_TRUSTED_PROXIES", "many", "valid integer"),
    ("ALMONER_TRUSTED_PROXIES", "-1", "greater than or equal"),
    ("ALMONER_TRUSTED_PROXIES", "9", "less than or equal"),
    ("ALMONER_OUTBOUND_NETWORKS", "10.0.0.0/8 wrongsecret", "must be networks"),
    ("ALMONER_OUTBOUND_NETWORKS", "10.0.0.1/8", "must be networks"),
    ("ALMONER_OUTBOUND_PROXY", "socks5://wrongsecret@proxy", "http://proxy.example.org"),
    ("ALMONER_OUTBOUND_DEADLINE", "0", "greater than 0"),
    ("ALMONER_SIGN_IN_IDLE_MINUTES", "1", "greater than or equal"),
    ("ALMONER_SIGN_IN_HOURS", "1000", "less than or equal"),
    ("ALMONER_SIGN_IN_TRIES", "0", "greater than or equal"),
    ("ALMONER_DELIVERIES_DAYS", "0", "greater than or equal"),
    ("ALMONER_KEY_REQUESTS", "0", "greater than or equal"),
    ("ALMONER_REMEMBERED_ROWS", "-1", "greater than or equal"),
    ("ALMONER_PROXY_SECONDS", "60", "less than or equal"),
    ("ALMONER_LOG_LEVEL", "LOUD", "Input should be"),
    ("ALMONER_CLOUD_AUTH_URL", "https://auth.evil.example", "address on this machine"),
    ("ALMONER_CLOUD_API_URL", "http://wrongsecret@api.example", "address on this machine"),
    ("ALMONER_PRACTICE_SITES", "https://acme.example", "addresses on this machine"),
    ("ALMONER_SHARED_APP_CLIENT_ID", "abc", "must be set together"),
    ("ALMONER_REFRESH_LEASE_SECONDS", "0", "greater than 0"),
    ("ALMONER_QUEUE_URL", "amqp://wrongsecret@queue", "redis://redis.example.org"),
    ("ALMONER_WORK_LEASE_SECONDS", "0", "greater than or equal"),
    ("ALMONER_SMTP_URL", "http://mail.example.org", "smtps://user@mail.example.org"),
    ("ALMONER_SMTP_URL", "smtp://a:wrongsecret@mail.example.org", "without a password"),
    ("ALMONER_SMTP_URL", "smtps://mail.example.org:wrongsecret", "must be an address"),
    ("ALMONER_SMTP_URL", "smtps://mail.example.org", "MAIL_FROM must be set together"),
    ("ALMONER_MAIL_FROM", "Almoner <wrongsecret@example.org>", "like almoner@example.org"),
    ("ALMONER_SMTP_PASSWORD_FILE", "/etc/mail", "must be set together"),
    ("ALMONER_DEMO", "perhaps", "valid boolean"),
    ("ALMONER_DATABASE_URL", "postgresql://app:wrongsecret@db/almoner", "OWNER_DATABASE_URL"),
]


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_wrong_value_is_named_and_not_repeated(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(StartRefused) as caught:
        read_settings()
    said = str(caught.value)
    assert sentence in said
    assert name.removeprefix("ALMONER_") in said
    assert "wrongsecret" not in said


def test_a_misspelt_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMONER_BASEURL", "https://almoner.example.org")
    with pytest.raises(StartRefused, match="ALMONER_BASEURL is no setting"):
        read_settings()


@pytest.mark.parametrize("name", FORBIDDEN_ENVIRONMENT)
def test_switches_that_weaken_the_libraries_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(StartRefused, match=name):
        read_settings()


def test_lists_are_read_with_commas_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALMONER_PLAIN_HTTP_HOSTS", "jira.local, localhost  other")
    assert read_settings().plain_http_hosts == ("jira.local", "localhost", "other")


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().demo = True  # type: ignore[misc]


def test_the_readme_lists_every_setting_as_it_is() -> None:
    table = re.findall(
        r"^\| `(ALMONER_\w+)` \| (.*?) \| (.*?) \|$", (ROOT / "README.md").read_text("utf-8"), re.M
    )
    declared = [
        (f"ALMONER_{name.upper()}", shown(field.default), field.description)
        for name, field in Settings.model_fields.items()
    ]
    assert table == declared


def shown(default: object) -> str:
    """A default as the README shows it."""
    if default in ("", (), None):
        return "-"
    return f"`{'1' if default is True else '0' if default is False else default}`"
