"""Forms of the pages about the checklist."""

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice

from portal.checklist import guide_links


class GuideLinkForm(FlaskForm):
    """How long a link is to work."""

    days = RadioField(
        "It works for",
        choices=[SelectChoice(days, words) for days, words in guide_links.DAYS.items()],
        default=guide_links.PRESET,
        validate_choice=False,
    )
