"""The text of a key: found at once, a mistyped one told without asking anybody."""

import re
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.programs import key_texts
from portal.programs.key_texts import (
    ANYWHERE,
    CHECK_LENGTH,
    LETTERS,
    Named,
    beginning_of,
    first_in,
    new_text,
    read,
)
from portal.secret import Secret

TENANT, KEY = UUID(int=0), UUID(int=2**128 - 1)


@given(st.uuids(), st.uuids())
def test_a_key_names_its_tenant_and_itself(tenant_id: UUID, key_id: UUID) -> None:
    text = new_text(tenant_id, key_id)
    assert read(text) == Named(tenant_id, key_id)
    assert re.fullmatch(r"alm_\w{22}_\w{22}_\w{38}", text.reveal())
    assert text.reveal().startswith(beginning_of(tenant_id, key_id))
    assert ANYWHERE.search(b"?key=" + text.reveal().encode())


def test_two_keys_of_one_id_differ_in_190_bits() -> None:
    secrets = {new_text(TENANT, KEY).reveal()[-38:] for _ in range(100)}
    assert len(secrets) == 100
    assert len(LETTERS) ** key_texts.SECRET_LENGTH > 2**160
    assert {letter for secret in secrets for letter in secret} == set(LETTERS)


def test_every_mistyped_letter_is_told() -> None:
    text = new_text(TENANT, KEY).reveal()
    for place in range(len(text)):
        other = "0" if text[place] != "0" else "1"
        assert read(Secret(text[:place] + other + text[place + 1 :])) is None, place


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: "",
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: f'"{text}"',
        lambda text: text.upper(),
        lambda text: text + "\n",
        lambda text: text.replace("alm_", "alm-", 1),
        lambda text: text[:-1] + "é",
        lambda text: text[:-6] + text[-6:][::-1],
        lambda text: "alm_" + uuid4().hex,
    ],
)
def test_what_is_no_key(spoil: "st.SearchStrategy[str]") -> None:
    assert read(Secret(spoil(new_text(TENANT, KEY).reveal()))) is None  # type: ignore[operator]


def test_an_id_that_is_none_is_no_key_although_its_checksum_fits() -> None:
    unchecked = f"alm_{'z' * 22}_{'0' * 22}_{'0' * 32}"
    assert read(Secret(unchecked + key_texts._text(key_texts._sum(unchecked), CHECK_LENGTH))) is None


def test_a_whole_key_is_found_wherever_it_stands() -> None:
    """Behind what looks like one, with letters around it; most of one is none."""
    text = new_text(TENANT, KEY).reveal()
    for sent in (f"?key={text}", f"x{text}x", f"{text[:-6]}000000&{text}", f"é/{text}"):
        found = first_in(sent.encode())
        assert found and (found[0].reveal(), found[1]) == (text, Named(TENANT, KEY)), sent
    assert first_in(text[:-1].encode()) is None


def test_what_is_shown_of_a_key_is_not_taken_for_one() -> None:
    assert not ANYWHERE.search(beginning_of(uuid4(), uuid4()).encode() + "…".encode())
