"""What the guides to Jira's side are filled in with: the set-up of an account, and a person's token."""

from flask import url_for

from portal.alm_accounts.account_views import AccountView
from portal.kinds import scopes
from portal.kinds.atlassian_pages import apps_page, atlassian_pages
from portal.kinds.cloud_delivery import APP_NAME
from portal.kinds.shape import Facts, Step, Tool
from portal.start import user_agent
from portal.web import place as here
from portal.web.place import external, registry


def facts_of(account: AccountView) -> Facts:
    """What is known of an account, for an admin of its tenant."""
    return facts_for(account, here.place().tenant.name)


def facts_for(account: AccountView, tenant_name: str, asked_by: str = "") -> Facts:
    """The same where nobody is signed in; ``asked_by`` is who asks somebody without an account here."""
    settings = here.settings()
    chosen = account.app.scopes if account.app and account.site else None
    auth_url, key = registry().cloud.atlassian.auth.text, account.current_key
    pages = atlassian_pages(auth_url)
    return Facts(
        portal_url=settings.base_url,
        callback_url=external(account.callback_path),
        base_url=account.base_url,
        tenant_name=tenant_name,
        user_agent=user_agent(settings),
        outbound_addresses=settings.outbound_addresses,
        consumer_key=key.consumer_key if key else "",
        public_pem=key.public_pem if key else "",
        console_url=pages.console,
        tokens_url=pages.api_tokens,
        scopes=scopes.of_token(chosen, read_only=account.read_only),
        apps_url=apps_page(auth_url, account.base_url) if account.base_url else None,
        tool=_tool(account),
        asked_by=asked_by,
    )


def _tool(account: AccountView) -> Tool:
    """What Jira shows of the tool that sends: as it was entered, else this portal."""
    kept = account.delivery
    return Tool(
        app_name=(kept and kept.app_name) or APP_NAME,
        server_url=(kept and kept.server_url) or here.settings().base_url,
        logo_url=(kept and kept.logo_url) or external(url_for("static", filename="favicon.svg")),
    )


def token_guide(account: AccountView) -> tuple[Step, ...]:
    """How somebody makes the token this account takes; nothing where it takes none."""
    made_by = account.kind_in_set_up.token_guide
    return made_by(facts_of(account)) if made_by else ()
