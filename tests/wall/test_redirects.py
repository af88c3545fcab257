"""Wherever an address leads on, it leads to this portal: a hundred ways to lead away, followed by Chromium
itself (T15)."""

from typing import Any

import pytest

from tests.support.browsers import Window
from tests.support.portals import Portal
from tests.support.world import TenantWorld
from tests.wall.hostile import LEADS_AWAY

pytestmark = pytest.mark.own_database

# Each answers what leads away. The policy of the page lets nothing be fetched from elsewhere, so a browser
# that was led away says so; links and forms are read as the browser reads them.
FOLLOW = """
const answers = async (path, sent) => {
  const answer = await fetch(path, {cache: "no-store", ...sent});
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const here = (address) => new URL(address, answer.url).origin === location.origin;
  const led = [...page.querySelectorAll("a[href], form[action], meta[http-equiv=refresh]")].map(
    (node) => node.getAttribute("href") || node.getAttribute("action") || node.content.split("url=")[1]);
  if (!here(answer.url) || !led.every(here)) throw new Error(`led to ${answer.url}, ${led}`);
  return page.querySelector("[name=csrf_token]")?.value;
};
const form = (values) => ({method: "POST", body: new URLSearchParams(values)});
const tried = async (payloads, way) => {
  const away = [];
  for (const payload of payloads) {
    try { await way("?next=" + encodeURIComponent(payload)); }
    catch (error) { away.push([payload, String(error)]); }
  }
  return away;
};
"""
IN_AND_OUT = """
async ({payloads, email, password}) => {FOLLOW
  let csrf_token = await answers("/sign-in");
  return await tried(payloads, async (next) => {
    csrf_token = await answers("/sign-in" + next, form({csrf_token, email, password}));
    csrf_token = await answers("/sign-out" + next, form({csrf_token}));
  });
}"""
ON_THE_WAY = """
async ({payloads, places}) => {FOLLOW
  return await tried(payloads, async (next) => { for (const place of places) await answers(place + next); });
}"""
PLACES = ("/sign-in", "/profile/second-factor", "/sign-in/code")


def asked(window: Window, script: str, **given: Any) -> list[Any]:
    script = script.replace("FOLLOW", FOLLOW)
    found: list[Any] = window.page.evaluate(script, {"payloads": LEADS_AWAY, **given})
    window.complaints.clear()  # what was refused is in the answer
    return found


def test_nothing_leads_away(portal: Portal, tenant: TenantWorld, new_window: Any) -> None:
    assert len(set(LEADS_AWAY)) >= 100
    window = new_window()
    window.page.goto("/sign-in")
    someone = {"email": tenant.member.email, "password": tenant.member.password}
    assert asked(window, IN_AND_OUT, **someone) == []
    window.sign_in(tenant.member)
    assert asked(window, ON_THE_WAY, places=["/confirm"]) == []
    # These ask the same function, so a few of each sort do.
    assert asked(window, ON_THE_WAY, places=PLACES, payloads=LEADS_AWAY[::8]) == []
    assert asked(window, ON_THE_WAY, places=["//evil.example/"]), "a browser that is led away would say so"
