"""Forms about oneself."""

from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import EqualTo, InputRequired, Length

from portal.people.passwords import LONGEST, SHORTEST
from portal.people.texts import TIME_ZONES


class ProfileForm(FlaskForm):
    """Name and time zone."""

    name = StringField(
        "Name", [InputRequired("Enter your name.")], description="As your colleagues know you."
    )
    time_zone = SelectField(
        "Time zone",
        choices=[SelectChoice(zone, zone.replace("_", " ")) for zone in TIME_ZONES],
        validate_choice=False,
        description="Times on all pages are shown in it.",
    )


class EmailForm(FlaskForm):
    """The new address, and the password."""

    email = StringField(
        "New e-mail address",
        [InputRequired("Enter the new e-mail address.")],
        description="You sign in with it once you have opened the link that goes there.",
    )
    current = PasswordField("Password now", [InputRequired("Enter the password you signed in with.")])


class ChangePasswordForm(FlaskForm):
    """The password now, and the new one twice."""

    current = PasswordField("Password now", [InputRequired("Enter the password you signed in with.")])
    password = PasswordField(
        "New password",
        [
            InputRequired("Choose a password."),
            Length(max=LONGEST, message=f"Use at most {LONGEST} characters."),
        ],
        description=f"At least {SHORTEST} characters. Four words that do not belong together do well.",
    )
    repeat = PasswordField(
        "New password again",
        [EqualTo("password", "The two passwords are not the same. Enter the new password twice.")],
    )


class AppCodeForm(FlaskForm):
    """What the app shows."""

    code = StringField(
        "Code",
        [InputRequired("Enter the code your app shows.")],
        description="Six digits, a new one every 30 seconds.",
    )
