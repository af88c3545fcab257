"""The set-up page of accounts that only send, and the page that says what a test of one saw."""

from functools import partial

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField, SelectChoice, StringField

from portal.alm_accounts import accounts, apps, next_credential
from portal.alm_accounts.account_views import AccountView
from portal.alm_accounts.client_sides import AT_SITE
from portal.alm_accounts.delivery_test import run_delivery_test
from portal.alm_accounts.tools import set_tool
from portal.errors import NotHere
from portal.kinds.sent_data import SENT_DATA
from portal.kinds.shape import Facts
from portal.pages.alm_accounts.cloud_set_ups import name_and_site, tell
from portal.pages.alm_accounts.forms import SiteForm, TickField
from portal.pages.alm_accounts.set_up_shape import try_all
from portal.web.guides import facts_of
from portal.web.place import registry, work

MISPLACED = "This looks like the client secret. Paste it into the field Client secret; here it was not kept."
_OTHER_FIELDS = ("name", "site_url", "cloud_id", "app_name", "server_url", "logo_url")
_PERMISSIONS = [
    SelectChoice(data.name, data.permission if data.is_tried else f"{data.permission} (only to try)")
    for data in SENT_DATA
]


class DeliveryForm(SiteForm):
    """The portal's fields of an account that only sends."""

    client_id = StringField("Client ID", description="Jira shows it once the credential is created.")
    client_secret = PasswordField("Client secret", description="Below the client ID.")
    scopes = TickField(
        "Permissions",
        choices=_PERMISSIONS,
        validate_choice=False,
        description="Tick here what is ticked in Jira: each is tried with an empty list.",
    )
    app_name = StringField("App name", description="What Jira calls this portal in its list.")
    server_url = StringField("Server base URL", description="The address of this portal, or of your tools.")
    logo_url = StringField("Logo URL", description="The address of a picture, shown beside the name.")


class DeliverySetUp:
    """Jira Cloud by an OAuth credential of the site."""

    def __init__(self, account: AccountView) -> None:
        if account.app is None:
            raise NotHere
        self.account = account
        self.entered = next_credential.entered(work(), account.id)
        tool = facts_of(account).tool
        self.form = DeliveryForm(
            name=account.name,
            site_url=account.base_url or "",
            client_id=self.entered.client_id if self.entered else account.app.client_id or "",
            scopes=list(account.app.scopes),
            app_name=tool.app_name,
            server_url=tool.server_url,
            logo_url=tool.logo_url,
        )

    def save(self, *, goes_on: bool) -> None:
        """Name, site, permissions, client ID and secret, tool: what is right beside a mistake stays."""
        form, account_id = self.form, self.account.id
        misplaced = self._take_out_secrets()
        client_id, secret = form.client_id.data or "", form.client_secret.data or ""
        tool = (form.app_name.data or "", form.server_url.data or "", form.logo_url.data or "")
        attempts = [
            *name_and_site(self.account, form, goes_on),
            partial(apps.set_scopes, work(), account_id, form.scopes.data or ()),
            partial(set_tool, work(), account_id, *tool),
        ]
        if goes_on or client_id or secret:
            shared = registry().cloud.shared_app
            shared_id = shared.client_id if shared else ""
            attempts.append(partial(next_credential.enter, work(), account_id, client_id, secret, shared_id))
        try:
            try_all(partial(tell, misplaced), *attempts)
        finally:
            if AT_SITE.looks_like_secret(client_id):
                form.client_id.data = ""  # pasted into the wrong field, it must not come back in the page

    def _take_out_secrets(self) -> dict[str, str]:
        """Empty every field that the secret was pasted into: it must neither be kept there nor come back."""
        fields = [self.form[name] for name in _OTHER_FIELDS]
        found = [field for field in fields if AT_SITE.looks_like_secret(field.data or "")]
        for field in found:
            field.data = ""
        return {field.name: MISPLACED for field in found}

    def facts(self) -> Facts:
        """What is entered in Jira, and the way there."""
        return facts_of(self.account)

    def saved(self) -> str:
        """What is to be done next."""
        if next_credential.entered(work(), self.account.id):
            return "Saved. The former credential goes on sending until Test and save passes with this one."
        return "Saved. Press Test and save when client ID and client secret are entered."


def test_page(account: AccountView) -> Response | tuple[str, int]:
    """Try it, and say what came back; a draft is saved by a test that passes."""
    result = run_delivery_test(work(), registry(), account.id)
    if result.saved:
        flash(f"{account.name} is saved: its credential was tried, and may send.", "success")
        return redirect(url_for("alm_accounts.overview", account_id=account.id), 303)
    account = accounts.account(work(), account.id)
    trouble = account.trouble(result.code, result.evidence) if result.code else None
    shown = {"account": account, "result": result, "trouble": trouble}
    return render_template("alm_accounts/delivery_tested.html", **shown), 200 if result.passed else 409
