"""Kinds of ALM account: one module each, all of the shape in :mod:`portal.kinds.shape`.

To add one: write the module, then name it here.
"""

from portal.kinds import cloud_oauth, server_oauth1
from portal.kinds.shape import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (server_oauth1.KIND, cloud_oauth.KIND)}
