import pytest

from portal.errors import FieldErrors
from portal.people import texts


@pytest.mark.parametrize(
    "bad",
    [
        "", "   ", "ada", "ada@", "@example.org", "ada@example", "a b@example.org", "ada@exam ple.org",
        "ada@@example.org", "ada@example..org", "ada@.org", "ada@example.org\nBcc: x@y.z",
        "ada\0@example.org",
        "ada\u202e@example.org", "ada\u200b@example.org", "ada\u200d@example.org",
        "ada@exam\u200cple.org", "ad\ufffd@example.org", "a" * 65 + "@example.org",
        "ada@" + "x" * 250 + ".org",
        "\ufdfa" * 40 + "@example.org",
        "ad\u034fa@example.org", "ad\u115fa@example.org", "ad\u3164a@example.org", "ad\uffa0a@example.org",
        "ad\u2800a@example.org", "ad\ufe0fa@example.org",
        "ad\U000e0100a@example.org", "ad\ue000a@example.org",
        "ad\u0378a@example.org", "ada@ex\U0010ffffmple.org",
        "\u0430da@example.org", "ada@ex\u0430mple.org", "ad\u03b1@example.org", "ada@\u0440\u0444.org",
    ],
)  # fmt: skip
def test_no_address(bad):
    with pytest.raises(FieldErrors) as caught:
        texts.clean_email(bad)
    assert set(caught.value.errors) == {"email"}


@pytest.mark.parametrize(
    "one, other",
    [
        ("Ada@Example.org", "ada@example.ORG"),
        (" ada@example.org ", "ada@example.org"),
        ("\uff41\uff44\uff41@example.org", "ada@example.org"),
        ("stra\u00dfe@example.org", "STRASSE@example.org"),
        ("caf\u00e9@example.org", "cafe\u0301@example.org"),
    ],
)
def test_same_person_however_written(one, other):
    assert texts.email_key(one) == texts.email_key(other)


@pytest.mark.parametrize(
    "email",
    [
        "\u0430\u0434\u0430@example.org",
        "\u5c71\u7530taro2@example.org",
        "zo\u00eb@b\u00fccher.example",
        "1-2@3.org",
    ],
)
def test_one_alphabet_on_each_side(email):
    assert texts.clean_email(email) == email


def test_address_is_kept_as_typed():
    assert texts.clean_email(" Ada.Okafor+jira@Example.org ") == "Ada.Okafor+jira@Example.org"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        " \n ",
        "a" * 121,
        "Ada\0",
        "Ada\x1b[2J",
        "Ada\u202egro",
        "Ada\u2066x",
        "\u200bAda",
        "A\ud800",
        "\ufeffAda",
        "Adm\u115fin",
        "Adm\u034fin",
        "Adm\u180bin",
        "Adm\U0001fffein",
        "\u3164",
        "\u200c\u200d",
        "Zo\ufffd",
        "\u0301",
    ],
)
def test_no_name(bad):
    with pytest.raises(FieldErrors) as caught:
        texts.clean_name(bad)
    assert set(caught.value.errors) == {"name"}


@pytest.mark.parametrize(
    "typed, kept",
    [
        ("  Ada \n Okafor ", "Ada Okafor"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("O'Neil-Ruiz, Jr.", "O'Neil-Ruiz, Jr."),
        ("\u0645\u06cc\u200c\u0634\u0627", "\u0645\u06cc\u200c\u0634\u0627"),
        ("<b>Ada</b>", "<b>Ada</b>"),
    ],
)
def test_name(typed, kept):
    assert texts.clean_name(typed) == kept


@pytest.mark.parametrize(
    "bad", ["", "a", "-ab", "ab-", "a--b", "Acme", "ac me", "a" * 41, "ümlaut", "a/b", "ab\n"]
)
def test_no_slug(bad):
    with pytest.raises(FieldErrors):
        texts.clean_slug(bad)


@pytest.mark.parametrize("slug", ["ab", "acme", "acme-2", "4-you", "a" * 40])
def test_slug(slug):
    assert texts.clean_slug(slug) == slug


@pytest.mark.parametrize("bad", ["", "Mars/Olympus", "europe/zurich", "../etc/passwd", "Europe/Zurich\0"])
def test_no_time_zone(bad):
    with pytest.raises(FieldErrors):
        texts.clean_time_zone(bad)


def test_time_zone():
    assert texts.clean_time_zone("Europe/Zurich") == "Europe/Zurich"
