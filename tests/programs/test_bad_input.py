"""What cannot be is said at its field; nothing typed is lost, and nothing is made."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from portal import clock
from portal.programs.networks import read_networks
from portal.store.tables import AlmAccount, ProgramKey
from tests.programs.conftest import DAY
from tests.support.delivery_rows import delivering_account
from tests.support.person import Person
from tests.support.samples import account
from tests.support.world import TenantWorld

pytestmark = pytest.mark.on_both("test_what_is_no_choice")

WRONG: dict[str, tuple[str, Any, str]] = {
    "no name": ("name", " ", "Enter a name."),
    "too long a name": ("name", "x" * 121, "at most 120"),
    "a name that turns": ("name", "a\u202eb", "Leave out characters"),
    "no account": ("accounts", [], "Choose the ALM accounts"),
    "none that delivers": ("accounts", ["jira"], "deliveries:write needs an account"),
    "none but to deliver": ("accounts", ["cloud"], "These accounts only send."),
    "no operation": ("operations", [], "Choose what programs"),
    "no path": ("paths", " \n", "Enter the paths"),
    "no path of Jira's": ("paths", "rest/api\n\nrest/../x", "Line 3"),
    "no network": ("networks", "10.0.0.0/8\nhome", "Line 2 is no network"),
    "no day": ("ends_on", "", "year-month-day"),
    "no day of the calendar": ("ends_on", "2027-02-30", "year-month-day"),
    "words": ("ends_on", "soon", "year-month-day"),
    "yesterday": ("ends_on", -1, "a year at most"),
    "too far": ("ends_on", 366, "a year at most"),
}
TEXTS = ("name", "paths", "networks", "ends_on")
NETWORKS = {
    "": [],
    " 192.0.2.7 \n\n192.0.2.7/32": ["192.0.2.7/32"],
    "2001:DB8::1\n2001:db8:0::/32\r\n10.0.0.0/8": ["2001:db8::1/128", "2001:db8::/32", "10.0.0.0/8"],
    "0.0.0.0/0": ["0.0.0.0/0"],
}
NO_NETWORKS = {
    "10.0.0.0/8\n10.1.2.3/8": "Line 2 does not begin with the first address of its network: write 10.",
    "10.0.0.0/33": "Line 1 is no network.",
    "10.0.0/8": "Line 1 is no network.",
    "example.org": "Line 1 is no network.",
    "fe80::1%eth0": "Line 1 is no network.",
    "::ffff:10.0.0.1": "Write it as IPv4.",
    "\n".join(f"10.0.0.{n}" for n in range(51)): "Enter 50 networks at most: these are 51.",
}


def day(days: int) -> str:
    """A day from today."""
    return (clock.now() + days * DAY).date().isoformat()


def keys_made(tenant: TenantWorld) -> int:
    with tenant.work().read() as session:
        return len(session.scalars(select(ProgramKey.id)).all())


def test_each_field(tenant: TenantWorld, admin: Person) -> None:
    """One that is wrong among right ones: what can be seen of it stands there still, and the
    rest is right."""
    ids = {"cloud": str(delivering_account(tenant)), "jira": str(account(tenant))}
    good: dict[str, Any] = {
        "name": "GitLab",
        "paths": "rest/api/2",
        "networks": "10.0.0.0/8",
        "ends_on": day(1),
    }
    good |= {"operations": ["proxy:write", "deliveries:write"], "accounts": list(ids.values())}
    for what, (field, value, sentence) in WRONG.items():
        typed = day(value) if isinstance(value, int) else value
        typed = [ids.get(one, one) for one in typed] if isinstance(typed, list) else typed
        admin.get(tenant.path("programs/new"))
        page = admin.submit("Make the key", **{**good, field: typed})
        assert admin.status == 422, what
        assert [sentence in error for error in page.errors()] == [True], (what, page.errors())
        for name, sent in (good | {field: typed}).items():
            if name in TEXTS:
                seen = sent.replace("\u202e", "").split()
                assert page.value(f"[name={name}]").split() == seen, (what, name)
            else:
                ticked = {box["value"] for box in page.soup.select(f"input[name={name}][checked]")}
                assert ticked == set(sent), (what, name)
    page = admin.submit("Make the key", name="", accounts=[], operations=[], networks="x", ends_on="")
    assert len(page.errors()) == 5, "all at once; paths are wanted for the proxy only"
    assert keys_made(tenant) == 0


@pytest.mark.parametrize("kind", ["server_oauth1", "server_token"])
def test_an_account_that_gives_nothing_out(tenant: TenantWorld, admin: Person, kind: str) -> None:
    """What signs with a key that stays here, or is set to read only, is used through the portal only."""
    account_id = account(tenant, kind=kind)
    with tenant.work().write() as session:
        session.get_one(AlmAccount, (tenant.id, account_id)).read_only = kind == "server_token"
    chosen = {"name": "A", "accounts": [str(account_id)], "ends_on": day(1)}
    for operations, status in ((["credentials:read"], 422), (["credentials:read", "proxy:read"], 200)):
        admin.get(tenant.path("programs/new"))
        page = admin.submit("Make the key", **chosen, operations=operations, paths="rest/api")
        assert admin.status == status
        assert ["There is nothing to give out" in error for error in page.errors()] == [True] * (
            status == 422
        )


@pytest.mark.parametrize(("text", "wanted"), NETWORKS.items())
def test_networks(text: str, wanted: list[str]) -> None:
    assert read_networks(text) == wanted


@pytest.mark.parametrize(("text", "sentence"), NO_NETWORKS.items())
def test_what_is_no_network(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as error:
        read_networks(text)
    assert sentence in str(error.value)


def test_today_and_a_year_can_be(tenant: TenantWorld, admin: Person) -> None:
    chosen = {"accounts": [str(delivering_account(tenant))], "operations": ["deliveries:write"]}
    for days in (0, 365):
        admin.get(tenant.path("programs/new"))
        admin.submit("Make the key", name="A", ends_on=day(days), **chosen)
        assert admin.status == 200
    assert keys_made(tenant) == 2


def test_what_is_no_choice(tenant: TenantWorld, admin: Person) -> None:
    """Forged into the form: another tenant's account, a draft, none, no id; an operation that is none."""
    mine, draft = delivering_account(tenant), delivering_account(tenant)
    assert tenant.other
    with tenant.work().write() as session:
        session.get_one(AlmAccount, (tenant.id, draft)).saved_at = None
    forged = (delivering_account(tenant.other), account(tenant.other), draft, uuid4(), "x\0")
    choices = [{"accounts": [str(mine), str(one)], "operations": ["deliveries:write"]} for one in forged]
    choices += [{"accounts": [str(mine)], "operations": ["deliveries:write", name]} for name in ("", "all")]
    for chosen in choices:
        admin.get(tenant.path("programs/new"))
        page = admin.post(tenant.path("programs/new"), name="A", ends_on=day(1), once=str(uuid4()), **chosen)
        assert admin.status == 422, chosen
        assert any("Choose" in error for error in page.errors()), page.errors()
    assert keys_made(tenant) == 0
