import time

import pytest
from argon2 import PasswordHasher

from portal.errors import FieldErrors
from portal.people import passwords
from tests.people.helpers import GOOD

ADA = ("Ada Okafor", "ada.okafor@example.org")


@pytest.mark.parametrize(
    "bad",
    [
        "", "short", "violin ha", "x" * 257, "password123", "Password123!", "qwertyuiop", "1234567890",
        "aaaaaaaaaaaa", "abcabcabcabc", "letmein12345", "adaokafor1", "Ada Okafor 1",
        "ada.okafor@example.org",
        "okafor2026", "iloveyou1234", "trustno1trustno1",
    ],
)  # fmt: skip
def test_refused(bad):
    with pytest.raises(FieldErrors) as caught:
        passwords.check(bad, ADA, "password")
    assert set(caught.value.errors) == {"password"}


@pytest.mark.parametrize(
    "good",
    [
        GOOD,
        "k3fa-9q2m-xx8p",
        "\u6f22\u5b57\u304b\u306a\u6df7\u3058\u308a\u306e\u9577\u3044\u8a00\u8449",
        "Tr0ub4dor & three",
    ],
)
def test_taken(good):
    passwords.check(good, ADA)


def test_hostile_text_is_judged_in_bounded_time():
    started = time.monotonic()
    passwords.check("4@8({[</369|!1|0$5+7%2" * 11, ADA)
    assert time.monotonic() - started < 10


def test_verify():
    stored = passwords.hashed(GOOD)
    assert stored.startswith("$argon2id$")
    assert passwords.verify(stored, GOOD)
    assert not passwords.verify(stored, GOOD + " ")
    assert not passwords.verify(None, GOOD)
    assert not passwords.verify("no hash at all", GOOD)


def test_composed_and_decomposed_accents_are_one_password():
    assert passwords.verify(passwords.hashed("caf\u00e9 harbour cactus"), "cafe\u0301 harbour cactus")


def test_nothing_is_cut_off():
    long = GOOD * 9
    assert len(long) == 252
    assert not passwords.verify(passwords.hashed(long), long[:-1])
    assert not passwords.verify(passwords.hashed("x" * 256), "x" * 257)


@pytest.mark.parametrize("odd", ["\0" * 12, "\ud800 lone surrogate", "\U0001f511" * 20])
def test_odd_characters_do_not_break(odd):
    assert passwords.verify(passwords.hashed(odd), odd)


def test_renewed_when_parameters_change(monkeypatch):
    stored = passwords.hashed(GOOD)
    assert passwords.renewed(stored, GOOD) == stored
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    again = passwords.renewed(stored, GOOD)
    assert again != stored
    assert passwords.verify(again, GOOD)


def test_default_parameters_are_those_of_rfc_9106():
    hasher = PasswordHasher()
    assert (hasher.memory_cost, hasher.time_cost, hasher.type.name) == (65536, 3, "ID")
