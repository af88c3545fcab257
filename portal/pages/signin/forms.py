"""Forms for those who are not signed in yet."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from portal.people.passwords import LONGEST, SHORTEST
from portal.people.texts import EMAIL_LENGTH
from portal.web.forms import printable

SENTENCES_HELP = f"At least {SHORTEST} characters. Four words that do not belong together do well."
NOT_THE_SAME = "The two passwords are not the same. Enter the new password twice."


class SignInForm(FlaskForm):
    """E-mail address and password."""

    email = StringField(
        "E-mail address",
        [
            InputRequired("Enter your e-mail address."),
            Length(max=EMAIL_LENGTH, message="This address is too long."),
        ],
        filters=[printable],
    )
    password = PasswordField("Password", [InputRequired("Enter your password.")])


class CodeForm(FlaskForm):
    """A code of the second factor."""

    code = StringField("Code", [InputRequired("Enter the code.")], description="Six digits, from your app.")


class RecoveryCodeForm(FlaskForm):
    """A recovery code in its place."""

    code = StringField(
        "Recovery code",
        [InputRequired("Enter one of your recovery codes.")],
        description="One you have not used yet, like abcd-efgh-2345-6789. It works once.",
    )


class ConfirmForm(FlaskForm):
    """The present password of somebody who is signed in."""

    password = PasswordField("Password", [InputRequired("Enter the password you sign in with.")])


class EmailForm(FlaskForm):
    """The address of somebody who has lost the password."""

    email = StringField(
        "E-mail address",
        [
            InputRequired("Enter your e-mail address."),
            Length(max=EMAIL_LENGTH, message="This address is too long."),
        ],
        filters=[printable],
        description="The one you sign in with.",
    )


class NameForm(FlaskForm):
    """A person's name."""

    name = StringField(
        "Your name", [InputRequired("Enter your name.")], description="As your colleagues know you."
    )


class PasswordForm(FlaskForm):
    """A new password, twice."""

    password = PasswordField(
        "New password",
        [
            InputRequired("Choose a password."),
            Length(max=LONGEST, message=f"Use at most {LONGEST} characters."),
        ],
        description=SENTENCES_HELP,
    )
    repeat = PasswordField("New password again", [EqualTo("password", NOT_THE_SAME)])


class JoinForm(NameForm, PasswordForm):
    """What somebody new to the portal gives to join."""
