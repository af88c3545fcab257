"""Whoever has lost phone and codes asks the operator. Mail tells of all that is done with a second factor."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from portal import cli
from portal.people.mails import FactorNews
from portal.store.tables import User
from tests.mail.conftest import Mailing
from tests.people.helpers import events
from tests.support import factors
from tests.support.person import Person
from tests.support.portals import Portal
from tests.support.post import PostOffice


def test_lost_phone_and_codes(
    mail_portal: Portal,
    office: PostOffice,
    deliver_mail: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cli, "read_settings", lambda: mail_portal.settings)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli.main, list(words))
        return done.exit_code, done.output

    mel = mail_portal.world.with_factor(mail_portal.world.tenant().member)
    elsewhere = Person.of(mail_portal, mel)
    assert run("reset-second-factor", "nobody@example.org")[0] == 1
    code, told = run("reset-second-factor", mel.email.upper())
    assert code == 0 and "taken away" in told and mel.totp not in told
    assert "no second factor" in run("reset-second-factor", mel.email)[1]
    elsewhere.get("/profile/")
    assert elsewhere.path.startswith("/sign-in"), "who has the phone may sit at one"
    deliver_mail()
    assert FactorNews.RESET in "".join(office.texts(mel.email))
    nobody = Mailing(mail_portal.settings, mail_portal.store).work
    assert events(nobody, mel.user_id)[-2:] == ["second_factor.reset", "sign_in.ended"]
    with nobody.read() as session:
        user = session.get_one(User, mel.user_id)
        assert (user.totp_secret, user.totp_since, user.totp_step) == (None, None, None)

    person = Person(mail_portal, mel.email, mel.password).sign_in()
    person.get("/profile/second-factor")
    secret = person.submit("Set up the second factor").value("#totp-secret").replace(" ", "")
    codes = person.submit("Switch it on", code=factors.next_code(secret)).value("#recovery-codes").split()
    person.get("/profile/second-factor")
    person.submit("Make new recovery codes")
    person.get("/profile/second-factor/off")
    person.submit("Switch it off", code=codes[0])
    person.submit("Switch it off", code=factors.next_code(secret))
    deliver_mail()
    letters = "".join(office.texts(mel.email))
    for news in (FactorNews.SET_UP, FactorNews.CODES_MADE, FactorNews.SWITCHED_OFF):
        assert news in letters
    assert FactorNews.CODE_USED not in letters, "a code that was not taken is no news"
    assert secret not in letters and codes[0] not in letters
