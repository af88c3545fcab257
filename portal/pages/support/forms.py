"""The form that opens a visit."""

from flask_wtf import FlaskForm
from wtforms import TextAreaField


class VisitForm(FlaskForm):
    """Why somebody looks into a tenant's audit."""

    reason = TextAreaField(
        "Reason",
        description="The tenant's admins read it in their own record. Example: ticket 4711, sign-in trouble.",
    )
