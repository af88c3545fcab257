"""A shell script that makes an account's application link in Jira, for a Jira administrator to run (A13).

It holds no secret: it asks for a token or a password when it runs, and hands it to curl by standard input,
where no list of processes shows it.
"""

import json
import shlex

from portal.alm_accounts.account_views import AccountView
from portal.errors import NotHere
from portal.jira.applinks import HEADERS, LINK, NewLink, consumer
from portal.jira.base_urls import BaseUrl
from portal.kinds import server_oauth1

FILE_NAME = "almoner-link.sh"
# What a status means, by a pattern that shells and PowerShell read alike; the first that fits.
TOLD = {
    "401": "Jira answered 401: it does not take this token or password.",
    "403": "Jira answered 403: this user may not make application links, or must solve a captcha first.",
    "404": "Jira answered 404: it has no such interface, or the base URL is wrong. Do it by hand.",
    "409": "Jira answered 409: there is such a link, or consumer key, already. Edit it by hand.",
    "3??": "Jira answered {}: it leads elsewhere, perhaps to a sign-in page. Make the link by hand.",
    "5??": "Jira answered {}: it failed. Look at its application links before you try again.",
    "*": "Jira answered {}. Make the link by hand.",
}
_ID = "LINK_ID"


def wanted_link(account: AccountView, portal_url: str, tenant_name: str) -> NewLink:
    """The application link of an account. Raises :class:`NotHere` for one that goes without."""
    if account.kind_in_set_up is not server_oauth1.KIND:
        raise NotHere
    key = account.key
    return NewLink(
        name=server_oauth1.LINK_NAME,
        url=portal_url,
        consumer_key=key.consumer_key,
        consumer_name=server_oauth1.consumer_name(tenant_name),
        public_pem=key.public_pem,
    )


def values_of(base_url: BaseUrl, link: NewLink) -> dict[str, str]:
    """What a script holds of the Jira at this address and the link, by the names of its variables; the id of
    the new link comes between the two halves of the last address."""
    before, _, after = base_url.url(consumer(_ID)).rpartition(_ID)
    return {
        "link_url": base_url.url(LINK),
        "link_body": json.dumps(link.body),
        "consumer_url_before": before,
        "consumer_url_after": after,
        "consumer_body": json.dumps(link.consumer_body),
    }


def shell_script(base_url: BaseUrl, link: NewLink) -> str:
    """The script for the Jira at this address, for bash 3.2 and later with curl."""
    values = values_of(base_url, link)
    quoted = "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())
    headers = "".join(
        f"    --header {shlex.quote(f'{name}: {value}')} \\\n" for name, value in HEADERS.items()
    )
    told = "".join(f'    {statuses}) say "{text.format("$1")}" ;;\n' for statuses, text in TOLD.items())
    # The values last: what stands in them is replaced no more.
    script = _SCRIPT.replace("@HEADERS@", headers).replace("@TOLD@\n", told)
    return script.replace("@VALUES@\n", f"{quoted}\n")


_SCRIPT = r"""#!/usr/bin/env bash
# Makes the application link of Almoner in Jira, with its incoming side (OAuth 1.0a).
# Run it as: bash almoner-link.sh
# It holds no secret. It asks for a token, or a user name and password, of a Jira administrator.
# Atlassian documents none of these calls; on Jira 9 and later they are not confirmed.
# Known: JRASERVER-71779, making an incoming link can damage links that are there. Note those first.
# A private certificate authority: CURL_CA_BUNDLE=/path/to/ca.pem bash almoner-link.sh
set -euo pipefail

@VALUES@

say() { printf '%s\n' "$1" >&2; }

printf 'User name (leave it empty to use a personal access token): ' >&2
IFS= read -r user
if [ -n "$user" ]; then
  printf 'Password (not shown): ' >&2
  IFS= read -rs password
  scheme=Basic
  value=$(printf '%s:%s' "$user" "$password" | base64 | tr -d '\r\n')
else
  printf 'Personal access token (not shown): ' >&2
  IFS= read -rs value
  scheme=Bearer
fi
say ''
case $value in
  '' | *[!A-Za-z0-9._~+/=-]*)
    say 'That is no token: it is empty, or holds a character that none has.'
    exit 2
    ;;
esac

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

put() { # address, body: prints the status; what Jira said is in $answer
  printf 'header = "Authorization: %s %s"\n' "$scheme" "$value" |
    curl --config - --silent --show-error --no-location --proto '=http,https' --max-time 60 \
    --request PUT --header 'Content-Type: application/json' \
@HEADERS@    --data-binary "$2" --output "$answer" --write-out '%{http_code}' "$1"
}

told() { # what a status means, and the end
  case $1 in
@TOLD@
  esac
  head -c 600 "$answer" >&2
  say ''
  exit 1
}

status=$(put "$link_url" "$link_body")
case $status in 2??) ;; *) told "$status" ;; esac
id=$(grep -oE 'applicationlink/[0-9A-Za-z-]+' "$answer" | head -n 1 | cut -d / -f 2) || true
if [ -z "$id" ]; then
  say 'Jira made something and did not say what. Look at its list of application links.'
  exit 1
fi
status=$(put "$consumer_url_before$id$consumer_url_after" "$consumer_body")
case $status in
  2??) echo 'The application link is made. Go back to Almoner: it tells whether the link works.' ;;
  *)
    say 'The link is made, its incoming side is not: open it in Jira and fill that in by hand.'
    told "$status"
    ;;
esac
"""
