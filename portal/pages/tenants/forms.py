"""Forms about a tenant and its people."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.people.memberships import ADMIN, MEMBER

ROLE_CHOICES = [
    SelectChoice(MEMBER, "Member: reads boards, connects their own Jira identity"),
    SelectChoice(ADMIN, "Admin: also sets up ALM accounts and manages people"),
]


class RoleForm(FlaskForm):
    """A role in the tenant."""

    role = RadioField("Role", choices=ROLE_CHOICES, default=MEMBER, validate_choice=False)


class InviteForm(RoleForm):
    """Whom to invite, and as what."""

    email = StringField(
        "E-mail address",
        [InputRequired("Enter the e-mail address of the person to invite.")],
        description="The person signs in with this address. The link works for nobody else's.",
    )


class RemoveForm(FlaskForm):
    """The tick that is asked for where an ALM account acts by what the person gave."""

    anyway = BooleanField("Remove all the same")


class LeaveForm(FlaskForm):
    """The same of oneself."""

    anyway = BooleanField("Leave all the same")


class FactorForm(FlaskForm):
    """The switch that requires a second factor."""

    required = BooleanField(
        "Everybody in this organisation needs a second factor",
        description="Who has none is led to set one up before anything of this organisation is opened. "
        "Programs go on with their keys.",
    )


class NameForm(FlaskForm):
    """What the tenant is called."""

    name = StringField(
        "Name",
        [InputRequired("Enter the name of your organisation.")],
        description="Shown to everybody in it, and in invitations. Addresses stay as they are.",
    )


class DeleteForm(FlaskForm):
    """The tenant's slug typed, so that nobody deletes by a slip."""

    typed_slug = StringField("Type the short name to confirm")
