"""What a Jira tells anybody: its version and address, and what its clock says. It proves no identity."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from portal import clock
from portal.jira.base_urls import BaseUrl
from portal.jira.client import ServerInfo, read_server_info
from portal.jira.wire import Wire


@dataclass(frozen=True)
class PublicInfo:
    """``info``, and how many ``seconds`` Jira's clock is ahead of ours (None: it did not say); ``took`` is
    how long the answer took."""

    info: ServerInfo
    seconds: int | None
    took: timedelta


def public_info(wire: Wire, base_url: BaseUrl, ca_pem: str | None, *, is_cloud: bool) -> PublicInfo:
    """Ask for serverInfo as nobody. Raises the JiraTrouble of what came instead (``not_jira``)."""
    path = ("rest", "api", "3" if is_cloud else "2", "serverInfo")
    before = clock.now()
    with wire.session(ca_pem) as session:
        response = session.get(base_url.url(path), headers={"Accept": "application/json"})
    after = clock.now()
    info = read_server_info(response)
    told = info.server_time or _date(response)  # what stands before a Jira writes a date of its own
    middle = before + (after - before) / 2
    return PublicInfo(info, round((told - middle).total_seconds()) if told else None, after - before)


def _date(response: requests.Response) -> datetime | None:
    """When the answer was sent (RFC 9110, section 6.6.1), by the clock of Jira or of a proxy before it."""
    try:
        told = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return told if told.tzinfo else None
