"""The set-up pages of accounts on Jira Cloud."""

from collections.abc import Mapping
from functools import partial

from flask import request

from portal.alm_accounts import accounts, apps, sites
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.client_sides import AT_ATLASSIAN
from portal.credentials import token_drafts, typed
from portal.errors import FieldErrors, NotHere
from portal.kinds.shape import Facts
from portal.pages.alm_accounts.forms import CHOICES, AppForm, SiteForm, SiteTokenForm
from portal.pages.alm_accounts.set_up_shape import try_all
from portal.web import token_forms
from portal.web.guides import facts_of
from portal.web.place import registry, work

MISPLACED = "This looks like an API token. Paste it into the field API token; here it was not kept."


class TokenSetUp:
    """Jira Cloud by API tokens: the site, and the token of the account itself."""

    def __init__(self, account: AccountView) -> None:
        self.account = account
        self.form = SiteTokenForm(name=account.name, site_url=account.base_url or "")
        self._fit()

    def _fit(self) -> None:
        self._methods = typed.methods_of(work(), self.account.id, None)
        token_forms.fit(self.form, self._methods, token_drafts.draft_of(work(), self.account.id, None))

    def save(self, *, goes_on: bool) -> None:
        """Name, site, e-mail, token and its end: what is right beside a mistake stays."""
        misplaced = _take_out_tokens(self.form, "name", "site_url", "cloud_id")
        attempts = name_and_site(self.account, self.form, goes_on)
        try_all(partial(tell, misplaced), *attempts, partial(self._keep_token, is_whole=goes_on))

    def _keep_token(self, *, is_whole: bool) -> None:
        if is_whole or token_forms.is_touched(self.form):
            holder = (work(), self.account.id, None)
            token_forms.keep(*holder, self._methods, self.form, is_whole=is_whole)

    def facts(self) -> Facts:
        """The way to the API tokens, and the scopes."""
        return facts_of(self.account)

    def saved(self) -> str:
        """What is to be done next."""
        return "Saved. Press Connect to try the token."


class SharedAppSetUp(TokenSetUp):
    """Jira Cloud by the operator's app: only the site is asked for, and no guide is needed. The account
    itself may rest on an API token in the place of somebody's consent."""

    def save(self, *, goes_on: bool) -> None:
        """Name and site; of the token, what was typed."""
        misplaced = _take_out_tokens(self.form, "name", "site_url", "cloud_id")
        attempts = name_and_site(self.account, self.form, goes_on)
        try_all(partial(tell, misplaced), *attempts, self._keep_optional_token)

    def _keep_optional_token(self) -> None:
        self._keep_token(is_whole=request.form.get("then") == "token")

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
        self._fit()

    def save(self, *, goes_on: bool) -> None:
        """Name, site, permissions, client ID and secret, token: what is right beside a mistake stays."""
        form, account_id = self.form, self.account.id
        misplaced = _take_out_tokens(form, "name", "site_url", "cloud_id", "client_id")
        client_id, secret = form.client_id.data or "", form.client_secret.data or ""
        attempts = name_and_site(self.account, form, goes_on)
        attempts.append(partial(apps.set_scopes, work(), account_id, form.scopes.data or ()))
        if goes_on or client_id or secret:
            shared = registry().cloud.shared_app
            shared_id = shared.client_id if shared else ""
            attempts.append(partial(apps.set_client, work(), account_id, client_id, secret, shared_id))
        try:
            try_all(partial(tell, misplaced), *attempts, self._keep_optional_token)
        finally:
            if AT_ATLASSIAN.looks_like_secret(client_id):
                form.client_id.data = ""  # pasted into the wrong field, it must not come back in the page

    def facts(self) -> Facts:
        """The callback URL and the way to the console."""
        return facts_of(self.account)


def name_and_site(account: AccountView, form: SiteForm, goes_on: bool) -> list[partial[None]]:
    """Keep the name, and the site where one was typed or has to be."""
    name, site_url = {"name": form.name.data or ""}, form.site_url.data or ""
    attempts = [partial(accounts.change, work(), registry().outbound.wire, account.id, name)]
    if goes_on or site_url:
        cloud_id = form.cloud_id.data or ""
        attempts.append(partial(sites.set_site, work(), registry(), account.id, site_url, cloud_id))
    return attempts


def _take_out_tokens(form: SiteForm, *names: str) -> dict[str, str]:
    """Empty every field that a token was pasted into: it must neither be asked for at some host nor come
    back in the page."""
    found = [name for name in names if typed.looks_like_token(form[name].data or "")]
    for name in found:
        form[name].data = ""
    return dict.fromkeys(found, MISPLACED)


def tell(misplaced: Mapping[str, str]) -> None:
    """Raise :class:`FieldErrors` for fields that had to be emptied."""
    if misplaced:
        raise FieldErrors(misplaced)
