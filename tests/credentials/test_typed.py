"""Reading what somebody pastes: each mistake at its field with its remedy, what is right kept (row B4)."""

from datetime import UTC, datetime, timedelta

import pytest

from portal import clock
from portal.credentials.token_drafts import DraftView
from portal.credentials.typed import Entry, last_day, looks_like_token, read
from portal.kinds.methods import API_TOKEN, PASSWORD, PAT, SCOPED_TOKEN
from tests.support import canaries

CLOUD, SERVER = (API_TOKEN, SCOPED_TOKEN), (PAT, PASSWORD)
TOKEN = "ATATT3xFfGF0" + canaries.new("api-token")
EMAIL = "ada@example.com"


def day(days):
    return (clock.now() + timedelta(days=days)).date().isoformat()


def cloud(held=None, **other):
    right = {"method": "", "login": EMAIL, "secret": TOKEN, "ends_on": day(100)}
    return read(Entry(**(right | other)), CLOUD, held)


def server(held=None, **other):
    right = {"method": PAT, "login": "", "secret": "x" * 44, "ends_on": ""}
    return read(Entry(**(right | other)), SERVER, held)


def test_what_is_right_is_taken():
    reading = cloud(login=f" {EMAIL} ", secret=f"{TOKEN}\r\n")
    assert reading.errors == {}
    assert (reading.typed.login, reading.typed.secret.reveal()) == (EMAIL, TOKEN)


def test_an_end_is_a_day_until_its_end_in_utc():
    assert cloud(ends_on="2027-03-31").typed.ends_at == datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC)
    assert cloud(ends_on=day(0)).errors == {}, "a token that ends today works until midnight"


WRONG = {
    "no e-mail": ({"login": " "}, "login", "Enter the e-mail address"),
    "blank in the e-mail": ({"login": "ada @example.com"}, "login", "blank in the e-mail"),
    "no at": ({"login": "ada.example.com"}, "login", "has an @"),
    "two at": ({"login": "ada@@example.com"}, "login", "in the form name@example"),
    "colon in the e-mail": ({"login": "ada:x@example.com"}, "login", "no colon"),
    "NUL in the e-mail": ({"login": "ada\0@example.com"}, "login", "cannot be seen"),
    "control character in the e-mail": ({"login": "ada\x1b@example.com"}, "login", "cannot be seen"),
    "joiner in the e-mail": ({"login": "ada\u200d@example.com"}, "login", "cannot be seen"),
    "overlong e-mail": ({"login": f"{'a' * 250}@example.com"}, "login", "too long"),
    "another token in the e-mail": ({"login": "ATATT3xFfGF0another"}, "login", "looks like the API token"),
    "old token in the e-mail": ({"login": "Ab3dEf6hIj9kLm2nOp5qRs8t"}, "login", "looks like the API token"),
    "no token": ({"secret": ""}, "secret", "Paste the API token"),
    "e-mail as token": ({"secret": "grace@example.com"}, "secret", "looks like an e-mail"),
    "blank in the token": ({"secret": f"{TOKEN[:30]} {TOKEN[30:]}"}, "secret", "blank in the token"),
    "line break in the token": ({"secret": f"{TOKEN[:30]}\n{TOKEN[30:]}"}, "secret", "line break"),
    "NUL in the token": ({"secret": f"{TOKEN}\0x"}, "secret", "stands in no token"),
    "odd letter in the token": ({"secret": f"{TOKEN}é"}, "secret", "stands in no token"),
    "short token": ({"secret": "ATATT3"}, "secret", "too short"),
    "overlong token": ({"secret": "A" * 1025}, "secret", "too long"),
    "no end": ({"ends_on": ""}, "ends_on", "Enter the day the token ends"),
    "past end": ({"ends_on": "2024-01-01"}, "ends_on", "has passed"),
    "end beyond a year": ({"ends_on": day(400)}, "ends_on", "a year at most"),
    "no day of the calendar": ({"ends_on": "2027-02-30"}, "ends_on", "no day of the calendar"),
    "another writing of a day": ({"ends_on": "31.3.2027"}, "ends_on", "2027-03-31"),
    "week": ({"ends_on": "2027-W10-1"}, "ends_on", "no day of the calendar"),
    "NUL as end": ({"ends_on": "\0"}, "ends_on", "no day of the calendar"),
    "overlong end": ({"ends_on": "2" * 5000}, "ends_on", "no day of the calendar"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_mistake_is_named_at_its_field_and_the_rest_kept(name):
    sent, field, words = WRONG[name]
    reading = cloud(**sent)
    assert list(reading.errors) == [field]
    assert words in reading.errors[field]
    kept = reading.typed
    assert field == "login" or kept.login == EMAIL
    assert field == "secret" or kept.secret.reveal() == TOKEN
    assert field == "ends_on" or kept.ends_at is not None
    canaries.assert_none_in(repr(reading), "what may be shown")


def test_all_mistakes_at_once():
    assert set(cloud(login="x", secret="y", ends_on="z").errors) == {"login", "secret", "ends_on"}


def test_a_token_in_the_e_mail_field_is_held_as_the_token_and_not_shown():
    reading = cloud(login=TOKEN, secret="")
    assert list(reading.errors) == ["login"] and "it is held as such" in reading.errors["login"]
    assert reading.typed.secret.reveal() == TOKEN and reading.shown["login"] == ""


def test_swapped_fields_are_put_right():
    reading = cloud(login=TOKEN, secret=EMAIL)
    assert "swapped" in reading.errors["login"]
    assert (reading.typed.login, reading.typed.secret.reveal()) == (EMAIL, TOKEN)
    assert reading.shown["login"] == EMAIL


def test_an_e_mail_in_the_token_field_goes_to_its_own():
    reading = cloud(login="", secret=EMAIL)
    assert list(reading.errors) == ["secret"] and reading.shown["login"] == EMAIL


@pytest.mark.parametrize("login", ["ATATT3xFfGF0" + "x" * 300, "Ab3dEf6hIj9kLm2nOp5qRs8t", "\0\x1bada"])
def test_what_may_be_a_secret_or_cannot_be_seen_does_not_come_back(login):
    shown = cloud(login=login).shown["login"]
    assert shown in ("", "ada")


HELD = DraftView(SCOPED_TOKEN, EMAIL, has_secret=True, ends_at=None)


def test_what_is_held_serves_on():
    reading = cloud(HELD, secret="")
    assert reading.errors == {} and reading.typed.secret is None


def test_a_mistake_does_not_take_away_what_is_held():
    assert cloud(HELD, login="no at").typed.login == EMAIL


def test_a_wrong_method_is_the_first_of_those_taken():
    assert cloud(method=PAT).typed.method == API_TOKEN
    assert server(method=SCOPED_TOKEN).typed.method == PAT


def test_a_personal_access_token_needs_neither_name_nor_end():
    reading = server(login="whatever", ends_on="")
    assert reading.errors == {} and (reading.typed.login, reading.typed.ends_at) == ("", None)
    assert "ten years" in server(ends_on=last_day(timedelta(days=4000)).isoformat()).errors["ends_on"]


PASSWORDS = {
    "no user name": ({"login": ""}, "login", "Enter the user name"),
    "colon": ({"login": "a:da"}, "login", "colon"),
    "token as user name": ({"login": "Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4zAb3dEf6hIj9k"}, "login", "looks like"),
    "overlong user name": ({"login": "a" * 300}, "login", "too long"),
    "joiner in the user name": ({"login": "a\u200cda"}, "login", "cannot be seen"),
    "no password": ({"secret": ""}, "secret", "Enter the password"),
    "NUL in the password": ({"secret": "pass\0word"}, "secret", "stands in no password"),
    "joiner in the password": ({"secret": "pass\u200dword"}, "secret", "stands in no password"),
    "non-joiner in the password": ({"secret": "password\u200c"}, "secret", "stands in no password"),
    "overlong password": ({"secret": "p" * 1025}, "secret", "too long"),
}


@pytest.mark.parametrize("name", PASSWORDS)
def test_each_mistake_with_a_password(name):
    sent, field, words = PASSWORDS[name]
    reading = server(**({"method": PASSWORD, "login": "ada", "secret": " two words "} | sent))
    assert list(reading.errors) == [field] and words in reading.errors[field]


def test_a_password_is_taken_as_it_is():
    reading = server(method=PASSWORD, login="ada", secret=" two words ", ends_on="odd")
    assert reading.errors == {} and reading.typed.secret.reveal() == " two words "


def test_a_token_held_is_no_password():
    held = DraftView(PAT, "", has_secret=True, ends_at=None)
    assert "secret" in server(held, method=PASSWORD, login="ada", secret="").errors


@pytest.mark.parametrize(
    ("text", "is_one"), [("ATATT3x", True), (" ATSTT3x", True), ("ATOA", False), ("", False)]
)
def test_what_begins_as_a_token(text, is_one):
    assert looks_like_token(text) is is_one
