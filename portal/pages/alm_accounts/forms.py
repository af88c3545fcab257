"""Forms of the ALM account pages. What may stand in a field is decided by the rules, not here."""

from collections.abc import Iterator

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from portal.jira.private_keys import KEY_SIZES
from portal.kinds import server_scopes
from portal.kinds.scopes import SCOPES
from portal.web.forms import printable
from portal.web.token_forms import METHODS, TokenForm

SIZES = [SelectChoice(str(bits), f"RSA {bits}") for bits in KEY_SIZES]
# Those that nobody can connect without are asked for in any case, and are no choice.
PERMISSIONS = [
    SelectChoice(scope.id, f"{scope.name}: {scope.use}") for scope in SCOPES if not scope.is_required
]
CHOICES = frozenset(choice.value for choice in PERMISSIONS)
WHOLE_NUMBER = "Enter a whole number, such as 8."


class WholeNumberField(IntegerField):
    """An IntegerField that says by example what it takes."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; ValueError with our sentence when that is no whole number."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(WHOLE_NUMBER) from None


class KindForm(FlaskForm):
    """Which kind of account to add."""

    kind = HiddenField(validators=[InputRequired()])
    app = HiddenField()  # "shared": by the operator's


class AsOnThePage(FlaskForm):
    """A form of a set-up: its mistakes are told in the order of the page, whichever class has the field."""

    FIRST = ("base_url", "site_url", "cloud_id", "name")
    LAST = ("method", "login", "secret", "ends_on")

    def __iter__(self) -> Iterator[Field]:
        return iter(sorted(self._fields.values(), key=self._place))

    def _place(self, field: Field) -> int:
        if field.name in self.FIRST:
            return self.FIRST.index(field.name) - len(self.FIRST)
        return self.LAST.index(field.name) + 1 if field.name in self.LAST else 0


class ServerForm(AsOnThePage):
    """What an account on Jira Server or Data Center needs in any case."""

    name = StringField(
        "Name in this portal", description="What people see in lists, such as Jira Production."
    )
    base_url = StringField(
        "Base URL of your Jira",
        description="What you see in the browser before any page of Jira, such as https://jira.example.com "
        "or https://example.com/jira.",
    )


class SetUpForm(ServerForm):
    """The portal's few fields of an account by application link."""

    consumer_key = StringField(
        "Consumer key",
        description="Proposed for you. If your Jira already has one for this portal, type that.",
    )
    private_key = TextAreaField(
        "Own private key",
        validators=[Optional()],
        description="Only if your organisation wants to make the key itself: PEM, PKCS#1 or PKCS#8, RSA 2048 "
        "to 4096, without a passphrase.",
    )
    private_key_file = FileField("Or upload the private key file", validators=[Optional()])


class IncomingForm(ServerForm):
    """The same by an incoming link."""

    client_id = StringField("Client ID", description="Jira shows it once the incoming link is saved.")
    client_secret = PasswordField("Client secret", description="Below the client ID.")
    permission = RadioField(
        "Permission of the incoming link",
        choices=[SelectChoice(name, label) for name, label in server_scopes.SCOPES.items()],
        validate_choice=False,
        description="The one ticked in Jira. Nobody gets more than they may do in Jira themselves.",
    )


class ServerTokenForm(ServerForm, TokenForm):
    """The same with a token or password for the account itself."""


class SiteForm(AsOnThePage):
    """What an account on Jira Cloud needs in any case."""

    name = StringField(
        "Name in this portal", description="What people see in lists, such as Jira Production."
    )
    site_url = StringField("Site URL", description="Such as https://your-organisation.atlassian.net.")
    cloud_id = StringField(
        "Cloud ID",
        validators=[Optional()],
        description="Only where your site does not tell it to this portal: open "
        "https://your-site/_edge/tenant_info in a browser and paste what stands after cloudId.",
    )


class SiteTokenForm(SiteForm, TokenForm):
    """The same with an API token for the account itself."""


class TickField(SelectMultipleField):
    """Several tick boxes under one name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AppForm(SiteTokenForm):
    """The same by an app of the tenant's own."""

    client_id = StringField("Client ID", description="Developer console → your app → Settings.")
    client_secret = PasswordField("Client secret", description="Below the client ID, named Secret.")
    scopes = TickField(
        "Permissions your app has",
        choices=PERMISSIONS,
        validate_choice=False,
        description="Tick here what is ticked in the console. Asked for is exactly this: a permission the "
        "app does not have makes Atlassian refuse everybody.",
    )


class LinkByRestForm(FlaskForm):
    """By whose rights the portal makes an application link: asked for once, and never shown again."""

    method = RadioField("Make it with", choices=METHODS, default=METHODS[0].value, validate_choice=False)
    login = StringField("User name", validators=[Optional()], description="Only with a password.")
    secret = PasswordField(
        "Personal access token or password",
        description="Of a Jira administrator. It is used this once and kept nowhere.",
    )


class KeyForm(FlaskForm):
    """A new key pair: made here in one of three sizes, or one's own."""

    bits = RadioField("Let the portal make a key pair", choices=SIZES, default="2048")
    private_key = TextAreaField(
        "Or paste your own private key",
        validators=[Optional()],
        description="PEM, PKCS#1 or PKCS#8, RSA 2048 to 4096, without a passphrase.",
    )
    private_key_file = FileField("Or upload the private key file", validators=[Optional()])


class NextKeyForm(KeyForm):
    """The next key pair, with the consumer key it will be registered under."""

    consumer_key = StringField(
        "Consumer key",
        description="Leave it as it is to replace the key only. With another consumer key everybody connects "
        "again after the switch: Jira binds their tokens to it.",
    )


class SettingsForm(FlaskForm):
    """What can be changed about an account at any time."""

    name = StringField("Name in this portal")
    base_url = StringField(
        "Base URL of your Jira",
        description="Another address counts as another Jira: everybody has to connect again.",
    )
    read_only = BooleanField(
        "Read-only", description="Nothing in Jira is changed through this account, whoever asks."
    )
    max_concurrent = WholeNumberField(
        "Calls at once",
        validators=[InputRequired(WHOLE_NUMBER)],
        description="Ceiling of concurrent calls to this Jira, 1 to 32.",
    )
    ca_pem = TextAreaField(
        "Certificate authority",
        validators=[Optional()],
        description="Only if your Jira's certificate comes from your organisation's own authority: paste its "
        "certificate, from BEGIN CERTIFICATE to END CERTIFICATE. Only it is trusted then.",
    )


class LastDayForm(FlaskForm):
    """Until when people's older connections serve, once an account changed the way it connects."""

    last_day = StringField(
        "Last day on which older connections serve",
        filters=(printable,),
        description="From today to 90 days ahead. It counts until its end (UTC) and can be changed before.",
    )


class DeleteForm(FlaskForm):
    """The name typed, so that nobody deletes by a slip."""

    typed_name = StringField("Type the name of the account to confirm")


def field_map_form(choices: list[tuple[str, str, list[SelectChoice], str]]) -> FlaskForm:
    """A form with one choice per role: (key, label, choices, chosen)."""

    class FieldMapForm(FlaskForm):
        """Which field plays which role."""

    for key, label, options, chosen in choices:
        field = SelectField(label, choices=options, default=chosen, validate_choice=False)
        setattr(FieldMapForm, key, field)
    return FieldMapForm()
