"""What the set-up page of each kind shows and keeps: its form, its facts for the guide, how it is saved."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from flask_wtf import FlaskForm
from werkzeug.datastructures import FileStorage

from portal.alm_accounts import accounts, apps, keys, sites
from portal.alm_accounts.accounts import AccountView
from portal.errors import FieldErrors, NotHere
from portal.kinds.atlassian_pages import atlassian_pages
from portal.kinds.shape import OAUTH1, OAUTH2, Facts
from portal.pages.alm_accounts.forms import CHOICES, AppForm, KeyForm, SetUpForm, SiteForm
from portal.start import user_agent
from portal.web import place as here
from portal.web.place import external, registry, work


class SetUp(Protocol):
    """One account at its set-up page. ``form`` holds what is stored, or what was just sent."""

    account: AccountView
    form: FlaskForm

    def save(self, *, goes_on: bool) -> None:
        """Keep what is right and tell everything that is wrong by :class:`FieldErrors`; for ``goes_on`` to
        Jira nothing may be missing."""

    def facts(self) -> Facts:
        """What the guide is filled in with."""

    def saved(self) -> str:
        """What to say after *Save*."""


class LinkSetUp:
    """Jira Server by application link."""

    def __init__(self, account: AccountView) -> None:
        self.account = account
        self.form = SetUpForm(
            name=account.name, base_url=account.base_url or "", consumer_key=account.key.consumer_key
        )

    def save(self, *, goes_on: bool) -> None:
        """Name, base URL, consumer key, own key: a valid key beside a mistake stays, sealed."""
        consumer_key = self.form.consumer_key.data or ""
        _try_all(
            partial(_keep_pasted_key, self.account, self.form),
            partial(keys.change_consumer_key, work(), self.account.id, consumer_key),
            partial(self._keep_address, goes_on),
        )

    def _keep_address(self, goes_on: bool) -> None:
        wanted, base_url = {"name": self.form.name.data or ""}, self.form.base_url.data or ""
        if base_url or goes_on:
            wanted["base_url"] = base_url
        sites.refuse_site(registry(), base_url)
        accounts.change(work(), registry().outbound.wire, self.account.id, wanted)

    def facts(self) -> Facts:
        """The values of both dialogs of Jira."""
        key = self.account.key
        return replace(_facts(self.account), consumer_key=key.consumer_key, public_pem=key.public_pem)

    def saved(self) -> str:
        """Whether the deep link is there."""
        has_url = accounts.account(work(), self.account.id).base_url is not None
        todo = "The direct link to your Jira is in step 1." if has_url else "The base URL is still to come."
        return f"Saved. {todo}"


class SharedAppSetUp:
    """Jira Cloud by the operator's app: only the site is asked for, and no guide is needed."""

    def __init__(self, account: AccountView) -> None:
        self.account = account
        self.form = SiteForm(name=account.name, site_url=account.base_url or "")

    def save(self, *, goes_on: bool) -> None:
        """Name and site."""
        _try_all(*_name_and_site(self.account, self.form, goes_on))

    def facts(self) -> Facts:
        """Nothing of the account's own."""
        return _facts(self.account)

    def saved(self) -> str:
        """What is to be done next."""
        return "Saved."


class AppSetUp(SharedAppSetUp):
    """Jira Cloud by an app of the tenant's own."""

    def __init__(self, account: AccountView) -> None:
        if account.app is None:
            raise NotHere
        self.account = account
        self.form: AppForm = AppForm(
            name=account.name,
            site_url=account.base_url or "",
            client_id=account.app.client_id or "",
            scopes=[scope for scope in account.app.scopes if scope in CHOICES],
        )

    def save(self, *, goes_on: bool) -> None:
        """Name, site, permissions, client ID and secret: what is right beside a mistake stays."""
        form, account_id = self.form, self.account.id
        client_id, secret = form.client_id.data or "", form.client_secret.data or ""
        attempts = _name_and_site(self.account, form, goes_on)
        attempts.append(partial(apps.set_scopes, work(), account_id, form.scopes.data or ()))
        if goes_on or client_id or secret:
            shared = registry().cloud.shared_app
            shared_id = shared.client_id if shared else ""
            attempts.append(partial(apps.set_client, work(), account_id, client_id, secret, shared_id))
        try:
            _try_all(*attempts)
        finally:
            if apps.looks_like_secret(client_id):
                form.client_id.data = ""  # pasted into the wrong field, it must not come back in the page

    def facts(self) -> Facts:
        """The callback URL and the way to the console."""
        console = atlassian_pages(registry().cloud.atlassian.auth.text).console
        return replace(_facts(self.account), console_url=console)


def _name_and_site(account: AccountView, form: SiteForm, goes_on: bool) -> list[partial[None]]:
    name, site_url = {"name": form.name.data or ""}, form.site_url.data or ""
    attempts = [partial(accounts.change, work(), registry().outbound.wire, account.id, name)]
    if goes_on or site_url:
        cloud_id = form.cloud_id.data or ""
        attempts.append(partial(sites.set_site, work(), registry(), account.id, site_url, cloud_id))
    return attempts


def set_up_of(account: AccountView) -> SetUp:
    """The set-up of an account, by its kind and whose app it is."""
    if account.app is not None and account.app.is_shared:
        return SharedAppSetUp(account)
    makers: dict[str, Callable[[AccountView], SetUp]] = {OAUTH1: LinkSetUp, OAUTH2: AppSetUp}
    return makers[account.kind.protocol](account)


def _facts(account: AccountView) -> Facts:
    settings = here.settings()
    return Facts(
        portal_url=settings.base_url,
        callback_url=external(account.callback_path),
        base_url=account.base_url,
        tenant_name=here.place().tenant.name,
        user_agent=user_agent(settings),
        outbound_addresses=settings.outbound_addresses,
    )


def _try_all(*attempts: Callable[[], None]) -> None:
    """Make every attempt; then tell what was wrong with any, and which kind of account was meant."""
    errors: dict[str, str] = {}
    kind = None
    for attempt in attempts:
        try:
            attempt()
        except FieldErrors as wrong:
            errors = wrong.errors | errors
            kind = wrong.kind if isinstance(wrong, sites.OtherKind) else kind
    if kind:
        raise sites.OtherKind(errors, kind)
    if errors:
        raise FieldErrors(errors)


def _keep_pasted_key(account: AccountView, form: SetUpForm) -> None:
    pasted = pasted_key(form)
    if pasted is not None:
        pair, origin = keys.read_key(pasted, account.key.bits)
        keys.replace_in_draft(work(), account.id, pair, origin)


def pasted_key(form: KeyForm | SetUpForm) -> str | bytes | None:
    """The key as pasted, or as uploaded, be it an empty file; None for neither."""
    upload = form.private_key_file.data
    if isinstance(upload, FileStorage) and upload.filename:
        return bytes(upload.read())
    return str(form.private_key.data or "").strip() or None
