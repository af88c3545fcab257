"""Forms that make one thing, however often they are sent."""

from uuid import UUID, uuid4

from flask_wtf import FlaskForm
from wtforms import HiddenField


class OnceForm(FlaskForm):
    """A form with an id of its own, by which it is known when it is sent again."""

    form_id = HiddenField(default=lambda: str(uuid4()))

    @property
    def id(self) -> UUID:
        """The form's own id; another one where what was sent is none."""
        try:
            return UUID(self.form_id.data or "")
        except ValueError:
            return uuid4()
