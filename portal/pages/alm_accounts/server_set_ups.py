"""The set-up pages of accounts on Jira Server and Data Center."""

from collections.abc import Callable
from functools import partial

from werkzeug.datastructures import FileStorage

from portal.alm_accounts import accounts, apps, keys, sites
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.client_sides import IN_JIRA
from portal.credentials import token_drafts, typed
from portal.errors import FieldErrors, NotHere
from portal.jira.trouble import clean
from portal.kinds import server_scopes
from portal.kinds.shape import Facts
from portal.pages.alm_accounts.forms import (
    IncomingForm,
    KeyForm,
    ServerForm,
    ServerTokenForm,
    SetUpForm,
)
from portal.pages.alm_accounts.set_up_shape import try_all
from portal.web import token_forms
from portal.web.guides import facts_of
from portal.web.place import registry, work

MISPLACED = "This looks like a token. Enter the base URL here, and paste the token below; it was not kept."
PASTE_AGAIN = "Paste it again when the base URL is right: it was not kept."


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
        try_all(
            partial(_keep_pasted_key, self.account, self.form),
            partial(keys.change_consumer_key, work(), self.account.id, consumer_key),
            partial(_keep_address, self.account, self.form, goes_on=goes_on),
        )

    def facts(self) -> Facts:
        """The values of both dialogs of Jira."""
        return facts_of(self.account)

    def saved(self) -> str:
        """Whether the deep link is there."""
        return _saved_with_link(self.account)


class IncomingLinkSetUp:
    """Jira Data Center by an incoming link of OAuth 2.0."""

    def __init__(self, account: AccountView) -> None:
        if account.app is None:
            raise NotHere
        self.account = account
        self.form = IncomingForm(
            name=account.name,
            base_url=account.base_url or "",
            client_id=account.app.client_id or "",
            permission=next(iter(account.app.scopes), server_scopes.WRITE),
        )

    def save(self, *, goes_on: bool) -> None:
        """Name, base URL, permission, client ID and secret: what is right beside a mistake stays."""
        client_id = self.form.client_id.data or ""
        try:
            try_all(
                partial(apps.set_scopes, work(), self.account.id, [self.form.permission.data or ""]),
                partial(self._keep_client_at_address, goes_on),
            )
        finally:
            is_secret = IN_JIRA.looks_like_secret(client_id)  # in the wrong field: it must not come back
            self.form.client_id.data = "" if is_secret else clean(client_id)

    def _keep_client_at_address(self, goes_on: bool) -> None:
        client_id, secret = self.form.client_id.data or "", self.form.client_secret.data or ""
        keep_client = partial(apps.set_client, work(), self.account.id, client_id, secret)
        attempts = [keep_client] if goes_on or client_id or secret else []
        _keep_at_address(self.account, self.form, "client_secret", *attempts, goes_on=goes_on)

    def facts(self) -> Facts:
        """The redirect URL."""
        return facts_of(self.account)

    def saved(self) -> str:
        """Whether the deep link is there."""
        return _saved_with_link(self.account)


class ServerTokenSetUp:
    """Jira Server and Data Center by a personal access token, or by user name and password."""

    def __init__(self, account: AccountView) -> None:
        self.account = account
        self.form = ServerTokenForm(name=account.name, base_url=account.base_url or "")
        held = token_drafts.draft_of(work(), account.id, None)
        token_forms.fit(self.form, account.kind_in_set_up.tokens, held)

    def save(self, *, goes_on: bool) -> None:
        """Name, base URL, token or password: what is right beside a mistake stays."""
        self._refuse_misplaced()
        methods = self.account.kind_in_set_up.tokens
        keep_token = partial(
            token_forms.keep, work(), self.account.id, None, methods, self.form, is_whole=goes_on
        )
        attempts = [keep_token] if goes_on or token_forms.is_touched(self.form) else []
        _keep_at_address(self.account, self.form, "secret", *attempts, goes_on=goes_on)

    def _refuse_misplaced(self) -> None:
        """A token in the place of the address must not come back in the page."""
        if not typed.looks_like_secret((self.form.base_url.data or "").strip()):
            return
        self.form.base_url.data = ""
        again = {"secret": PASTE_AGAIN} if self.form.secret.data else {}
        raise FieldErrors({"base_url": MISPLACED, **again})

    def facts(self) -> Facts:
        """The way to the Jira profile."""
        return facts_of(self.account)

    def saved(self) -> str:
        """Whether the deep link is there."""
        return _saved_with_link(self.account)


def _keep_at_address(
    account: AccountView,
    form: ServerForm,
    secret: str,
    *attempts: Callable[[], None],
    goes_on: bool,
) -> None:
    """Keep the address and, by ``attempts``, what is for the Jira there; unless a wrong address takes the
    place of a right one: a ``secret`` for the Jira that is meant must not wait beside the former's."""
    keep_address = partial(_keep_address, account, form, goes_on=goes_on)
    if account.base_url in (None, (form.base_url.data or "").strip().rstrip("/")):
        try_all(keep_address, *attempts)
        return
    try:
        keep_address()
    except FieldErrors as wrong:
        if form[secret].data:
            wrong.errors[secret] = PASTE_AGAIN
        raise
    try_all(*attempts)


def _keep_address(account: AccountView, form: ServerForm, *, goes_on: bool) -> None:
    wanted, base_url = {"name": form.name.data or ""}, form.base_url.data or ""
    if base_url or goes_on:
        wanted["base_url"] = base_url
    sites.refuse_site(registry(), base_url)
    accounts.change(work(), registry().outbound.wire, account.id, wanted)


def _saved_with_link(account: AccountView) -> str:
    has_url = accounts.account(work(), account.id).base_url is not None
    todo = "The direct link to your Jira is in step 1." if has_url else "The base URL is still to come."
    return f"Saved. {todo}"


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
