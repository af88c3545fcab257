"""Fields are found by type; where several fit a person chooses (mission row A8)."""

import pytest

from portal.alm_accounts import field_maps
from portal.alm_accounts.field_maps import GREENHOPPER, PORTFOLIO, ROLES, STANDARD, fitting_fields
from portal.errors import FieldErrors, Refused
from portal.jira.client import Field
from portal.sandbox import fields as practice
from portal.store.tables import AlmAccount
from tests.support.accounts import connected_account
from tests.support.hostile import as_json, odd_jira
from tests.support.office import Office

pytestmark = pytest.mark.on_both(
    "test_saving_finishes_the_set_up",
    "test_the_rule_itself_refuses",
)

BY_KEY = {role.key: role for role in ROLES}


@pytest.fixture
def office(portal, sandbox, tenant):
    """A draft, tested and not yet saved."""
    made = Office(portal, sandbox, tenant, connected_account(portal, sandbox, tenant))
    made.edit(AlmAccount, saved_at=None)
    with made.work.write() as session:
        session.query(field_maps.FieldMapping).filter_by(account_id=made.account_id).delete()
    return made


@pytest.fixture
def at_fields(office, admin):
    admin.get(office.path("fields"))
    return admin


def chosen(person):
    """The choice of each role as the page shows it."""
    selected = {name: person.page.soup.select(f"select[name={name}] option[selected]") for name in BY_KEY}
    return {name: str(found[0]["value"]) if found else "" for name, found in selected.items()}


def options(person, role):
    return [str(node["value"]) for node in person.page.soup.select(f"select[name={role}] option")]


def field(number, name, custom, field_id=""):
    return Field(field_id or f"customfield_{number}", name, True, "any", custom, "")


def test_defaults_by_type(at_fields):
    assert chosen(at_fields) == {
        "epic_link": practice.EPIC_LINK,
        "epic_name": practice.EPIC_NAME,
        "sprint": practice.SPRINT,
        "rank": practice.RANK,
        "story_points": practice.STORY_POINTS,
        "start_date": practice.START_DATE,
        "due_date": "duedate",
    }


def test_two_numbers_fit_story_points(at_fields):
    assert options(at_fields, "story_points") == ["", practice.STORY_POINTS, practice.OLD_POINTS]
    assert "Story Points (customfield_10310)" in at_fields.page.text


def test_saving_finishes_the_set_up(office, at_fields):
    at_fields.submit("Save", story_points=practice.OLD_POINTS, rank="")
    assert at_fields.path == office.path()
    assert office.account.saved
    stored = field_maps.mapped(office.work, office.account_id)
    assert stored["story_points"] == practice.OLD_POINTS and "rank" not in stored
    told = office.audit("fields.mapped")[-1]
    assert told["changed"] == sorted(stored)
    assert told["values"]["story_points"] == [None, practice.OLD_POINTS]
    at_fields.get(office.path("fields"))
    assert chosen(at_fields)["story_points"] == practice.OLD_POINTS
    assert chosen(at_fields)["rank"] == ""


@pytest.mark.parametrize(
    "forged", ["summary", practice.CUSTOMER, practice.EPIC_NAME, "customfield_1", "x" * 5000]
)
def test_a_field_of_another_type_is_refused(office, at_fields, forged):
    at_fields.post(office.path("fields"), story_points=forged)
    assert at_fields.status == 422
    assert any("Choose one of the fields listed" in error for error in at_fields.page.errors())
    assert field_maps.mapped(office.work, office.account_id) == {}
    assert not office.account.saved


@pytest.mark.parametrize(
    "switches", [{"down": True}, {"user_disabled": ["admin"]}, {"hostile_body": "deep_json"}]
)
def test_fields_that_cannot_be_read(office, at_fields, switches):
    office.sandbox.state(**switches)
    at_fields.get(office.path("fields"))
    assert at_fields.status == 409
    assert "What to do:" in at_fields.page.text and at_fields.page.has("Try again")
    office.sandbox.reset()


def test_without_a_token_the_page_says_so(office, at_fields):
    at_fields.get(office.path("disconnect"))
    at_fields.submit("Disconnect")
    at_fields.get(office.path("fields"))
    assert at_fields.status == 409
    assert "Not connected yet" in at_fields.page.text


def test_nothing_is_saved_before_a_good_test(office, at_fields):
    office.edit(AlmAccount, tested_at=None)
    at_fields.submit("Save")
    assert at_fields.status == 409
    assert "Test the connection first" in at_fields.page.text
    assert not office.account.saved


def test_names_in_another_language_do_not_matter():
    listed = [
        field(1, "Lien d'épopée", f"{GREENHOPPER}gh-epic-link"),
        field(2, "Epic Link", f"{STANDARD}textfield"),
    ]
    assert [f.id for f in fitting_fields(BY_KEY["epic_link"], listed)] == ["customfield_1"]


def test_a_likely_name_goes_first_among_numbers():
    listed = [field(1, "A number", f"{STANDARD}float"), field(2, "STORY POINTS", f"{STANDARD}float")]
    assert [f.id for f in fitting_fields(BY_KEY["story_points"], listed)] == [
        "customfield_2",
        "customfield_1",
    ]


def preset(office, key, *listed):
    found = field_maps.choices(office.work, office.account_id, listed)
    return next(choice.chosen for choice in found if choice.role.key == key)


def test_nothing_is_preset_where_it_is_unclear(office):
    numbers = field(1, "Budget", f"{STANDARD}float"), field(2, "Weight", f"{STANDARD}float")
    assert preset(office, "story_points", *numbers) == ""
    assert preset(office, "start_date", field(3, "Birthday", f"{STANDARD}datepicker")) == ""
    assert preset(office, "sprint") == ""


def test_types_made_for_it_are_preset(office):
    assert preset(office, "story_points", field(1, "SP", f"{GREENHOPPER}jsw-story-points")) == "customfield_1"
    baseline = field(2, "Zielbeginn", f"{PORTFOLIO}jpo-custom-field-baseline-start")
    assert preset(office, "start_date", baseline) == "customfield_2"


def test_names_of_fields_are_shown_as_text(office, admin):
    odd = {"id": "customfield_1", "name": "<img src=x onerror=alert(1)>", "custom": True}
    odd["schema"] = {"type": "number", "custom": f"{STANDARD}float"}
    long = {"id": "c" * 300, "name": "Long", "schema": {"type": "number", "custom": f"{STANDARD}float"}}
    with odd_jira() as jira:
        jira.answers["/rest/api/2/field"] = as_json([odd, long, "none", {"id": 7}])
        office.edit(AlmAccount, base_url=jira.url)
        admin.get(office.path("fields"))
        assert "<img src=x onerror" not in admin.response.text and "<img src=x" in admin.page.text
        assert options(admin, "story_points") == ["", "customfield_1"]
        admin.submit("Save", story_points="customfield_1")
    assert field_maps.mapped(office.work, office.account_id)["story_points"] == "customfield_1"


def test_the_rule_itself_refuses(office):
    listed = [field(1, "Points", f"{STANDARD}float")]
    with pytest.raises(FieldErrors, match="sprint"):
        field_maps.save(office.work, office.account_id, listed, {"sprint": "customfield_1"})
    office.edit(AlmAccount, tested_at=None)
    with pytest.raises(Refused):
        field_maps.save(office.work, office.account_id, listed, {"story_points": "customfield_1"})
