"""What depends on this portal alone: its own address, and how the secrets of the account are kept."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from portal.alm_accounts.account_views import AccountView
from portal.checklist.calls import Calls
from portal.checklist.outcome import Outcome, proved, unknown, waiting, warning
from portal.checklist.row import Row, with_consent
from portal.checklist.words import day_of
from portal.kinds.methods import OAUTH1

KEPT = "Looked at how it is kept here; nothing was called."


def portal_url(calls: Calls) -> Outcome:
    """Whether this portal still has the address that Jira was told: callbacks go there."""
    scene = calls.scene
    path = scene.account.callback_path
    tried = "Compared the address of this portal with the one at which a consent last came back."
    if scene.portal_url_then is None:
        return unknown("portal_url_untold", tried=tried, callback=scene.portal_url + path)
    if scene.portal_url_then != scene.portal_url:
        told = {"former": scene.portal_url_then + path, "callback": scene.portal_url + path}
        return warning(
            _moved(scene.account), f"{scene.portal_url_then} became {scene.portal_url}.", tried, **told
        )
    return proved(f"Still {scene.portal_url}, as when a consent last came back.", tried)


def _moved(account: AccountView) -> str:
    """The problem that a new address is, by who has to tell it to whom."""
    if account.is_by_shared_app:
        return "shared_portal_url_changed"
    return "app_portal_url_changed" if account.kind.is_cloud else "portal_url_changed"


def secret_private(calls: Calls) -> Outcome:
    """Whether nobody else has the secret: what this portal does about it, and what only people can know."""
    account = calls.scene.account
    if account.kind.consent == OAUTH1 and account.current_key:
        return _key(account, calls.scene.portal_url)
    if account.is_by_shared_app:
        return proved("The secret is the operator's: it is in no page and in no row of the database.", KEPT)
    held = _held(account)
    if held is None:
        return waiting("consent")
    return _typed(held, calls.scene.portal_url)


def _key(account: AccountView, url: str) -> Outcome:
    key = account.key
    if key.origin != "made":
        return _typed(f"The private key, pasted on {day_of(key.made_at)},", url)
    said = f"The private key was made here on {day_of(key.made_at)}, is kept sealed, and has never left."
    return proved(said, KEPT)


def _held(account: AccountView) -> str | None:
    """The secret that somebody typed, as the beginning of a sentence; None where there is none yet."""
    if account.own is not None and account.own.is_pasted:
        return f"What was entered on {day_of(account.own.connected_at)}"
    if account.app is not None and account.app.secret_set_at is not None:
        return f"The client secret, entered on {day_of(account.app.secret_set_at)},"
    return None


def _typed(what: str, url: str) -> Outcome:
    said = f"{what} is kept sealed, goes to the other side alone, and was never shown since."
    if not _is_private_way(url):
        return warning("secret_in_clear", said, KEPT)
    return unknown("secret_elsewhere", said, KEPT)


def _is_private_way(url: str) -> bool:
    """Whether what people type into pages of this portal is encrypted, or stays on the machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or _is_this_machine(parts.hostname or "")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


SECRET_PRIVATE = Row("secret_private", "Secret not public", secret_private, uses=("consent",))
ROWS = (
    SECRET_PRIVATE,
    Row("portal_url", "Address of this portal unchanged", portal_url, applies=with_consent),
)
