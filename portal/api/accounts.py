"""The ALM accounts a program's key is for, with how they stand."""

import json
from typing import Any

from flask import Response

from portal.alm_accounts import accounts
from portal.alm_accounts.account_views import AccountView
from portal.api.door import JSON, api
from portal.kinds.methods import OAUTH1
from portal.programs.keys import READ_ACCOUNTS
from portal.web import access
from portal.web.place import external, program, work

bp = api("accounts_api")


@bp.get("/alm-accounts")
@access.program(READ_ACCOUNTS)
def index() -> Response:
    """Every account of the key, by name."""
    mine = [one for one in accounts.accounts(work()) if one.id in program().account_ids]
    return Response(json.dumps({"alm_accounts": [_told(one) for one in mine]}) + "\n", content_type=JSON)


def _told(account: AccountView) -> dict[str, Any]:
    own, trouble = account.own, account.trouble_of(account.own) if account.own else None
    address = external(f"/api/v1/alm-accounts/{account.id}")
    return {
        "id": str(account.id),
        "name": account.name,
        "kind": account.kind.name,
        "url": account.base_url,
        "state": own.state if own else "not_connected",
        "problem": {
            "code": trouble.code,
            "title": trouble.title,
            "cause": trouble.cause,
            "owner": trouble.owner,
            "fix": trouble.fix,
        }
        if trouble
        else None,
        "method": own.method if own else None,
        "acts_as": own.display_name if own else None,
        "operations": sorted(program().operations),
        "proxy": None if account.kind.only_sends else f"{address}/proxy",
        "credentials": f"{address}/credentials" if _can_leave(account) else None,
    }


def _can_leave(account: AccountView) -> bool:
    """Whether its credential is handed out to anybody."""
    stays = account.kind.only_sends or account.read_only
    return not stays and (account.own is None or account.own.method != OAUTH1)
