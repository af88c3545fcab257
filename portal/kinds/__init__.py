"""Kinds of ALM account: one module each, all of the shape in :mod:`portal.kinds.shape`.

To add one: write the module, then name it here.
"""

from portal.kinds import cloud_delivery, cloud_oauth, cloud_token, server_oauth1, server_oauth2, server_token
from portal.kinds.shape import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        server_oauth1.KIND,
        server_oauth2.KIND,
        server_token.KIND,
        cloud_oauth.KIND,
        cloud_token.KIND,
        cloud_delivery.KIND,
    )
}
