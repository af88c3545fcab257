"""The short forms: what a shell script knows, from which an item in Atlassian's JSON is made.

They are stricter where a script errs, refusing empty texts of variables that are not set, and milder where
it does not matter: null is as good as leaving a field out. See ``issue_keys`` for which keys are found.
"""

from portal.deliveries.short_development import ShortCommit
from portal.deliveries.short_flags import ShortFlag
from portal.deliveries.short_form import ShortForm
from portal.deliveries.short_releases import ShortBuild, ShortDeployment

SHORT_FORMS: dict[str, type[ShortForm]] = {
    "builds": ShortBuild,
    "deployments": ShortDeployment,
    "feature-flags": ShortFlag,
    "development": ShortCommit,
}
