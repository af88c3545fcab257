"""Every setting of the portal, declared once.

Read from the environment with the prefix ``ALMONER_`` by :func:`read_settings`; a wrong value stops the
start with a sentence that names it. The table in README.md is held to this list by a test.
"""

import os
import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from portal.errors import StartRefused

LONGEST_BODY = 1024 * 1024 + 64 * 1024  # bytes of a request: a file of one megabyte, and its form
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
# Set in the environment, these switch off checks of the OAuth libraries for the whole process.
FORBIDDEN_ENVIRONMENT = ("AUTHLIB_INSECURE_TRANSPORT", "OAUTHLIB_INSECURE_TRANSPORT")

Network = IPv4Network | IPv6Network


def _words(value: Any) -> Any:
    """Split ``"a, b c"`` into its words; anything that is no string passes as it is."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


def _network(value: Any) -> Network:
    try:
        return value if isinstance(value, IPv4Network | IPv6Network) else ip_network(value)
    except ValueError:
        raise ValueError("must be networks like 10.20.0.0/16, with no bit set behind the prefix") from None


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK_HOSTS


def _is_bare(parts: SplitResult) -> bool:
    """Whether an address says where and as whom only, and its port is one."""
    try:
        port = parts.port
    except ValueError:  # its words would repeat what was typed
        return False
    return not (parts.password or parts.path or parts.query or parts.fragment or port == 0)


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
Networks = Annotated[
    tuple[Annotated[Network, BeforeValidator(_network)], ...], NoDecode, BeforeValidator(_words)
]


class Settings(BaseSettings):
    """What the operator decides. Each ``description`` is the sentence the README shows."""

    model_config = SettingsConfigDict(
        env_prefix="ALMONER_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    base_url: str = Field(
        "http://127.0.0.1:8000",
        description="Address under which people reach the portal; links and callback URLs are built from it.",
    )
    instance: Path = Field(
        Path("instance"), description="Folder of the SQLite database, the root key file and the lock files."
    )
    database_url: str = Field(
        "", description="SQLAlchemy URL the portal works with; empty: SQLite in the instance folder."
    )
    owner_database_url: str = Field(
        "", description="PostgreSQL only: URL of the role that owns the tables and runs migrations."
    )
    root_key_file: Path | None = Field(
        None, description="File with the root key ring, mode 0400; empty: root.key in the instance folder."
    )
    root_key_command: str = Field(
        "", description="Command that prints the root key ring; used instead of the file, for a key service."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Number of reverse proxies in front whose forwarded headers are believed."
    )
    outbound_networks: Networks = Field(
        (),
        description="Private networks (CIDR) in which a Jira may stand; everything else private is refused.",
    )
    plain_http_hosts: Words = Field(
        (), description="Hosts to which plain http is allowed, on any port; all others need https."
    )
    outbound_proxy: str = Field("", description="URL of an HTTP proxy for all calls to Jira.")
    outbound_addresses: Words = Field(
        (), description="Addresses our calls come from, shown to Jira admins for their firewall."
    )
    outbound_deadline: float = Field(
        20.0,
        gt=0,
        le=50,
        description="Seconds for one use of Jira, all its calls included; a page makes at most two uses.",
    )
    cloud_auth_url: str = Field(
        "https://auth.atlassian.com",
        description="Atlassian's authorisation server; another one only on this machine, for practice.",
    )
    cloud_api_url: str = Field(
        "https://api.atlassian.com",
        description="Atlassian's API gateway; another one only on this machine, for practice.",
    )
    practice_sites: Words = Field(
        (), description="Addresses on this machine that count as Jira Cloud sites, for practice."
    )
    shared_app_client_id: str = Field(
        "", description="Client ID of the operator's own app at Atlassian, which all tenants may use."
    )
    shared_app_secret_file: Path | None = Field(
        None, description="File with the client secret of that app, mode 0400 or 0600."
    )
    shared_app_scopes: Words = Field(
        (), description="Scopes that app was given in the developer console; empty: all the portal can use."
    )
    shared_app_points: int = Field(
        65_000, ge=1, description="Points an hour Atlassian gives that app; tenants share them evenly."
    )
    refresh_lease_seconds: float = Field(
        30.0,
        gt=0,
        le=120,
        description="Seconds for which one process alone may renew a grant; the call itself gets a third.",
    )
    worker_embedded: bool = Field(
        True,
        description="Whether the server does what runs by the clock; 0: only `almoner worker` does.",
    )
    queue_url: str = Field(
        "",
        description="URL of a Redis through which workers wake each other; empty: a file.",
    )
    work_lease_seconds: float = Field(
        60.0,
        ge=1,
        le=600,
        description="Seconds one worker has for one thing; after a crash another takes it up then.",
    )
    smtp_url: str = Field(
        "",
        description="Mail server: smtps://user@host:465 or smtp://user@host:587 (STARTTLS); empty: none.",
    )
    smtp_password_file: Path | None = Field(
        None, description="File with the password of that user, mode 0400 or 0600."
    )
    mail_from: str = Field("", description="E-mail address from which the portal sends.")
    sign_in_idle_minutes: int = Field(
        120, ge=5, description="Minutes without a request after which a sign-in ends."
    )
    sign_in_hours: int = Field(
        12, ge=1, le=720, description="Hours after which a sign-in ends whatever happens."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )
    demo: bool = Field(
        False, description="Practice installation: sign-in page and footer say so and link to the sandbox."
    )
    sandbox_url: str = Field("", description="Address of the practice Jira, shown where demo is on.")

    @field_validator("base_url")
    @classmethod
    def _base_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
            raise ValueError("must be an address like https://almoner.example.org")
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("must be scheme and host only; the portal lives at the root of its host")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS:
            raise ValueError("must be https, unless the portal is reached on this machine only")
        return value.rstrip("/")

    @field_validator("cloud_auth_url", "cloud_api_url")
    @classmethod
    def _atlassian(cls, value: str, info: ValidationInfo) -> str:
        if value != cls.model_fields[str(info.field_name)].default and not _is_local(value):
            raise ValueError("must be Atlassian's, or an address on this machine for practice")
        return value.rstrip("/")

    @field_validator("practice_sites")
    @classmethod
    def _practice_sites(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_is_local(site) for site in value):
            raise ValueError("must be addresses on this machine, like http://localhost:8092")
        return tuple(site.rstrip("/") for site in value)

    @field_validator("outbound_proxy")
    @classmethod
    def _proxy(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must be an address like http://proxy.example.org:3128")
        return value

    @field_validator("queue_url")
    @classmethod
    def _queue(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("redis", "rediss"):
            raise ValueError("must be an address like redis://redis.example.org:6379/0")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("smtp", "smtps") or not parts.hostname or not _is_bare(parts)):
            raise ValueError("must be an address like smtps://user@mail.example.org:465, without a password")
        return value

    @field_validator("mail_from")
    @classmethod
    def _mail_from(cls, value: str) -> str:
        if value and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
            raise ValueError("must be an address like almoner@example.org")
        return value

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if bool(self.smtp_url) != bool(self.mail_from):
            raise ValueError("ALMONER_SMTP_URL and ALMONER_MAIL_FROM must be set together")
        if bool(urlsplit(self.smtp_url).username) != bool(self.smtp_password_file):
            raise ValueError(
                "the user in ALMONER_SMTP_URL and ALMONER_SMTP_PASSWORD_FILE must be set together"
            )
        return self

    @model_validator(mode="after")
    def _postgres_has_two_roles(self) -> Self:
        if self.database_url.startswith("postgresql") and not self.owner_database_url:
            raise ValueError("ALMONER_OWNER_DATABASE_URL must name the role that owns the tables")
        return self

    @model_validator(mode="after")
    def _shared_app_is_whole(self) -> Self:
        if bool(self.shared_app_client_id) != bool(self.shared_app_secret_file):
            raise ValueError(
                "ALMONER_SHARED_APP_CLIENT_ID and ALMONER_SHARED_APP_SECRET_FILE must be set together"
            )
        return self

    @property
    def database(self) -> str:
        """The URL the portal works with."""
        return self.database_url or f"sqlite:///{self.instance.absolute() / 'almoner.db'}"

    @property
    def owner_database(self) -> str:
        """The URL migrations run with; on SQLite the same file."""
        return self.owner_database_url or self.database

    @property
    def root_key_path(self) -> Path:
        """Where the root key ring lies when no command gives it."""
        return self.root_key_file or self.instance / "root.key"

    @property
    def sends_mail(self) -> bool:
        """Whether a mail server is set, so that links go by mail instead of being shown."""
        return bool(self.smtp_url)

    @property
    def https(self) -> bool:
        """Whether people reach the portal over https, so that cookies may demand it."""
        return self.base_url.startswith("https://")


def read_settings() -> Settings:
    """Settings from the environment.

    Raises :class:`StartRefused` with one line per wrong value; the value itself is never repeated.
    """
    for name in FORBIDDEN_ENVIRONMENT:
        if os.environ.get(name):
            raise StartRefused(f"{name} is set; it switches off a check of the OAuth library. Unset it.")
    known = {f"ALMONER_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(set(os.environ) - known):
        if name.startswith("ALMONER_"):
            raise StartRefused(f"{name} is no setting of the portal; README.md lists them.")
    try:
        return Settings()
    except ValidationError as error:
        lines = [_complaint(item) for item in error.errors(include_input=False, include_url=False)]
        raise StartRefused("Settings are not right:\n  " + "\n  ".join(lines)) from None


def _complaint(item: ErrorDetails) -> str:
    """One wrong value as a line; what concerns several names them itself."""
    said = item["msg"].removeprefix("Value error, ")
    return f"ALMONER_{str(item['loc'][0]).upper()}: {said}" if item["loc"] else said
