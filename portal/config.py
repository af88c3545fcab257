"""Every setting of the portal, declared once.

Read from the environment with the prefix ``ALMONER_`` by :func:`read_settings`; a wrong value stops the
start with a sentence that names it. The table in README.md is held to this list by a test.
"""

import os
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from portal.errors import StartRefused
from portal.setting_types import (
    BaseUrl,
    HttpProxy,
    LocalSites,
    MailAddress,
    MailServer,
    Networks,
    QueueUrl,
    Words,
    is_local,
)

LONGEST_BODY = 1024 * 1024 + 64 * 1024  # bytes of a request: a file of one megabyte, and its form
LONGEST_API_BODY = 5 * 1024 * 1024  # bytes of what a program sends at once
LONGEST_RELAYED = 100 * 1024 * 1024  # bytes of a request that goes on to a Jira
MOST_VALID_SECONDS = 3000  # an access token of Atlassian's lives for an hour, and is renewed before its end
LONGEST_IDEMPOTENCY_KEY = 200  # characters of the name a program gives to a request
# Set in the environment, these switch off checks of the OAuth libraries for the whole process.
FORBIDDEN_ENVIRONMENT = ("AUTHLIB_INSECURE_TRANSPORT", "OAUTHLIB_INSECURE_TRANSPORT")


class Settings(BaseSettings):
    """What the operator decides. Each ``description`` is the sentence the README shows."""

    model_config = SettingsConfigDict(
        env_prefix="ALMONER_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    base_url: BaseUrl = Field(
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
    outbound_proxy: HttpProxy = Field("", description="URL of an HTTP proxy for all calls to Jira.")
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
    practice_sites: LocalSites = Field(
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
    links_by_rest: bool = Field(
        False,
        description="Whether the portal may make an application link in Jira by its REST interface, with a "
        "token or password an admin types in for that once.",
    )
    threads: int = Field(
        12,
        ge=4,
        le=64,
        description="Requests a process serves at once; slow calls to one tenant's Jiras hold half of them.",
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
    queue_url: QueueUrl = Field(
        "",
        description="URL of a Redis through which workers wake each other; empty: a file.",
    )
    work_lease_seconds: float = Field(
        60.0,
        ge=1,
        le=600,
        description="Seconds one worker has for one thing; after a crash another takes it up then.",
    )
    smtp_url: MailServer = Field(
        "",
        description="Mail server: smtps://user@host:465 or smtp://user@host:587 (STARTTLS); empty: none.",
    )
    smtp_password_file: Path | None = Field(
        None, description="File with the password of that user, mode 0400 or 0600."
    )
    mail_from: MailAddress = Field("", description="E-mail address from which the portal sends.")
    sign_in_idle_minutes: int = Field(
        120, ge=5, description="Minutes without a request after which a sign-in ends."
    )
    sign_in_hours: int = Field(
        12, ge=1, le=720, description="Hours after which a sign-in ends whatever happens."
    )
    sign_in_tries: int = Field(
        30,
        ge=1,
        description="Wrong sign-ins from one network at once, whoever tries; then one a minute. Raise it "
        "where many people share one address.",
    )
    key_requests: int = Field(
        1200,
        ge=1,
        description="Requests a minute with one program key at one machine; more are answered 429.",
    )
    tenant_requests: int = Field(
        6000,
        ge=1,
        description="Requests a minute of all programs of a tenant at one machine; more are answered 429.",
    )
    account_requests: int = Field(
        1200,
        ge=1,
        description="Requests a minute of programs to an ALM account at one machine; more are answered 429.",
    )
    remembered_rows: int = Field(
        20_000,
        ge=0,
        description="Rows of credentials a process remembers, sealed, about 2 kB each; 0: none, each request "
        "reads the database.",
    )
    proxy_seconds: float = Field(
        50.0,
        gt=0,
        le=55,
        description="Seconds for one request that a program sends through the proxy, what is sent and "
        "received included. Less than what a reverse proxy in front waits, often 60.",
    )
    deliveries_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="Days for which a delivery is kept after Jira has answered; what waits is kept longer.",
    )
    sign_ins_days: int = Field(
        90,
        ge=31,
        le=3650,
        description="Days for which a sign-in's browser and address are kept after it was last seen.",
    )
    checks_days: int = Field(
        400,
        ge=1,
        le=3650,
        description="Days for which it is kept what the rows of a checklist said; what they say now stays.",
    )
    uses_days: int = Field(400, ge=1, le=3650, description="Days for which each use of a credential is kept.")
    metrics_token_file: Path | None = Field(
        None,
        description="File with the token that `/metrics` asks for, mode 0400 or 0600; empty: no such page.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )
    demo: bool = Field(
        False, description="Practice installation: sign-in page and footer say so and link to the sandbox."
    )
    sandbox_url: str = Field("", description="Address of the practice Jira, shown where demo is on.")

    @field_validator("cloud_auth_url", "cloud_api_url")
    @classmethod
    def _atlassian(cls, value: str, info: ValidationInfo) -> str:
        if value != cls.model_fields[str(info.field_name)].default and not is_local(value):
            raise ValueError("must be Atlassian's, or an address on this machine for practice")
        return value.rstrip("/")

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
