"""Feature flags in short."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from portal.deliveries.models import Address
from portal.deliveries.models_of_flags import FlagEnvironmentType, Percentage
from portal.deliveries.short_form import Name, ShortEnvironment, ShortForm, named


class ShortFlagEnvironment(ShortEnvironment):
    """An environment of a feature flag; Atlassian knows no ``unmapped`` here."""

    type: FlagEnvironmentType | None = None


AFlagEnvironment = Annotated[
    ShortFlagEnvironment, BeforeValidator(named, json_schema_input_type=Name | ShortFlagEnvironment)
]


class ShortFlag(ShortForm):
    """A feature flag in one environment, in short. ``rollout`` is a percentage."""

    key: Name
    enabled: bool
    environment: AFlagEnvironment
    url: Address
    id: Name | None = None
    name: Name | None = None
    rollout: Percentage | None = None

    def in_full(self, now: datetime) -> dict[str, Any]:
        """The flag in Atlassian's JSON; what it is in its environment is its summary."""
        status: dict[str, Any] = {"enabled": self.enabled}
        if self.rollout is not None:
            status["rollout"] = {"percentage": self.rollout}
        seen = {"url": self.url, "lastUpdated": self.time(now), "status": status}
        environment = {"name": self.environment.name, "type": self.environment.usual_type()}
        if environment["type"] == "unmapped":
            del environment["type"]
        return {
            "schemaVersion": "1.0",
            "id": self.id or self.key,
            "key": self.key,
            "displayName": self.name or self.key,
            "issueKeys": self.keys(),
            "summary": seen,
            "details": [seen | {"environment": environment}],
        }
