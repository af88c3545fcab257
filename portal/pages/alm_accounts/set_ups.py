"""Which set-up page an account has, by its kind."""

from collections.abc import Callable

from portal.alm_accounts.account_views import AccountView
from portal.kinds import cloud_delivery, cloud_oauth, cloud_token, server_oauth1, server_oauth2, server_token
from portal.pages.alm_accounts.cloud_set_ups import AppSetUp, SharedAppSetUp, TokenSetUp
from portal.pages.alm_accounts.delivery_set_up import DeliverySetUp
from portal.pages.alm_accounts.server_set_ups import IncomingLinkSetUp, LinkSetUp, ServerTokenSetUp
from portal.pages.alm_accounts.set_up_shape import SetUp

_SET_UPS: dict[str, Callable[[AccountView], SetUp]] = {
    server_oauth1.KIND.name: LinkSetUp,
    server_oauth2.KIND.name: IncomingLinkSetUp,
    server_token.KIND.name: ServerTokenSetUp,
    cloud_oauth.KIND.name: AppSetUp,
    cloud_token.KIND.name: TokenSetUp,
    cloud_delivery.KIND.name: DeliverySetUp,
}


def set_up_of(account: AccountView) -> SetUp:
    """The set-up of an account, by its kind and whose app it is."""
    if account.is_by_shared_app:
        return SharedAppSetUp(account)
    return _SET_UPS[account.kind_in_set_up.name](account)
