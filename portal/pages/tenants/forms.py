"""Forms about the people of a tenant."""

from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
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
