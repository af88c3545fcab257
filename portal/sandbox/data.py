"""What the practice Jira holds at its start; some summaries are hostile on purpose.

What people and programs change lies in ``content``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from portal.sandbox.people import User

TO_DO, IN_PROGRESS, IN_REVIEW, DONE = "10000", "3", "10001", "10002"
STATUSES = {
    TO_DO: ("To Do", "new"),
    IN_PROGRESS: ("In Progress", "indeterminate"),
    IN_REVIEW: ("In Review", "indeterminate"),
    DONE: ("Done", "done"),
}
TYPES = {"Story": "10001", "Task": "10002", "Bug": "10004", "Epic": "10000"}
RESOLUTIONS = {"Done": "10000", "Won't Do": "10001", "Duplicate": "10002"}
PRIORITIES = {"Highest": "1", "High": "2", "Medium": "3", "Low": "4", "Lowest": "5"}
TRANSITIONS = {
    "11": (TO_DO, (IN_PROGRESS, DONE)),
    "21": (IN_PROGRESS, (TO_DO, IN_REVIEW, DONE)),
    "31": (IN_REVIEW, (IN_PROGRESS,)),
    "41": (DONE, (TO_DO, IN_PROGRESS, IN_REVIEW)),
}
"""Transition to the status it leads to, and the statuses it starts from; each is named as its target."""

COMPONENTS = {"Checkout": "10500", "Catalogue": "10501"}
VERSIONS = {"2026.1": "10600", "2026.2": "10601"}
RELEASED = frozenset({"2026.1"})
SEVERITIES = {"Minor": "10700", "Major <b>": "10701"}
PERMISSIONS = {
    "BROWSE_PROJECTS": (False, "Browse Projects"),
    "CREATE_ISSUES": (False, "Create Issues"),
    "LINK_ISSUES": (False, "Link Issues"),
    "EDIT_ISSUES": (False, "Edit Issues"),
    "ASSIGN_ISSUES": (False, "Assign Issues"),
    "MANAGE_SPRINTS_PERMISSION": (False, "Manage Sprints"),
    "ADMINISTER_PROJECTS": (True, "Administer Projects"),
    "ADMINISTER": (True, "Jira Administrators"),
    "SCHEDULE_ISSUES": (False, "Schedule Issues"),
    "TRANSITION_ISSUES": (False, "Transition Issues"),
}
"""Permission key to (only for administrators, name)."""


@dataclass(frozen=True)
class Project:
    """A project; ``members`` are the user names that may see it, empty for everybody."""

    id: str
    key: str
    name: str
    lead: str
    members: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sprint:
    """A sprint of the scrum board; its times are in UTC, ``None`` while nobody has said them."""

    id: int
    name: str
    state: str
    goal: str = ""
    start: datetime | None = None
    end: datetime | None = None
    completed: datetime | None = None
    board: int = 1


@dataclass(frozen=True)
class Issue:
    """An issue; its rank is its place in the list, ``sprint`` 0 is the backlog.

    ``epic_done`` is a mark of its own, whatever the status. ``due``: a day as Jira writes it, empty for none.
    """

    number: int
    project: Project
    kind: str
    summary: str
    status: str
    assignee: str = ""
    points: float | None = None
    epic: int = 0
    sprint: int = 0
    epic_name: str = ""
    epic_color: str = ""
    epic_done: bool = False
    description: str = ""
    labels: tuple[str, ...] = ()
    reporter: str = "grace"
    priority: str = "Medium"
    resolution: str = ""
    severity: str = ""
    components: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    customer: str = ""
    due: str = ""
    created: datetime | None = None
    updated: datetime | None = None

    @property
    def id(self) -> str:
        """Jira's internal id."""
        return str(int(self.project.id) * 100 + self.number)

    @property
    def key(self) -> str:
        """The key people know."""
        return f"{self.project.key}-{self.number}"

    @property
    def epic_key(self) -> str | None:
        """The key of its epic."""
        return f"{self.project.key}-{self.epic}" if self.epic else None


@dataclass(frozen=True)
class Board:
    """A board of one project: ``columns`` are names with the ids of their statuses; ``sub_query`` is by what
    a kanban board shows less than its filter finds."""

    id: int
    name: str
    kind: str
    project: Project
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    sub_query: str = ""


STARTED = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""The hour the practice Jira was started: its sprints are dated from here, so that one is always active."""


def day(days: int) -> datetime:
    """A time so many days from the start."""
    return STARTED + timedelta(days=days)


SHOP = Project("10100", "SHOP", "Web shop", "grace")
PLAT = Project("10200", "PLAT", "Platform (restricted)", "ada", frozenset({"ada", "admin"}))
PROJECTS = (SHOP, PLAT)

NOT_RELEASED = "fixVersion in unreleasedVersions() OR fixVersion is EMPTY"
"""What Jira gives every new kanban board."""

_COLUMNS = (
    ("To Do", (TO_DO,)),
    ("In Progress", (IN_PROGRESS,)),
    ("In Review", (IN_REVIEW,)),
    ("Done", (DONE,)),
)
BOARDS = (
    Board(1, "SHOP board", "scrum", SHOP, _COLUMNS),
    Board(2, "Platform kanban", "kanban", PLAT, (("Backlog", ()), *_COLUMNS), NOT_RELEASED),
)
SPRINTS = (
    Sprint(11, "SHOP Sprint 6", "closed", "Search that finds things", day(-19), day(-5), day(-5)),
    Sprint(12, "SHOP Sprint 7", "active", "A checkout without surprises", day(-5), day(9)),
    Sprint(13, "SHOP Sprint 8", "future", "Gift cards, first part"),
)

_EPICS = (
    (1, "Checkout without surprises", "Checkout", "ghx-label-4"),
    (2, "Gift cards", "Gift cards", "ghx-label-7"),
    (3, "Search that finds things <b>fast</b>", "Search & find", "ghx-label-2"),
)

# kind, summary, status, assignee, points, epic, sprint
_SHOP_ROWS: tuple[tuple[str, str, str, str, float | None, int, int], ...] = (
    ("Story", "Show delivery costs before the last step", DONE, "ada", 5, 1, 12),
    ("Story", "Pay by bank transfer", IN_REVIEW, "grace", 8, 1, 12),
    ("Bug", "Total is wrong when a voucher is removed", IN_PROGRESS, "linus", 3, 1, 12),
    ("Task", "Log the answer time of the payment provider", TO_DO, "", 2, 1, 12),
    ("Bug", "<script>alert(1)</script> in the order note is shown as typed", IN_PROGRESS, "ada", 1, 1, 12),
    ("Story", "Remember the address of a returning customer", TO_DO, "grace", 5, 1, 12),
    ("Bug", "Quotes ' \" ` and &amp; in a product name break the invoice", IN_REVIEW, "linus", 2, 0, 12),
    ("Story", "Right-to-left names: \u202eabc\u202c shop \u05d7\u05e0\u05d5\u05ea", TO_DO, "ada", 3, 0, 12),
    ("Task", "Celebrate the 1000th order 🎉🛒", DONE, "grace", None, 0, 12),
    ("Story", "Guest checkout", DONE, "linus", 13, 1, 12),
    ("Task", "Load test of the checkout", TO_DO, "", None, 1, 12),
    ("Story", "Say which fields are optional", DONE, "grace", 1, 1, 12),
    ("Story", "Buy a gift card", TO_DO, "grace", 8, 2, 13),
    ("Story", "Redeem a gift card", TO_DO, "", 8, 2, 13),
    ("Task", "Text of the gift card mail", TO_DO, "ada", 2, 2, 13),
    ("Story", "Show what is left on a gift card", TO_DO, "", 3, 2, 13),
    ("Bug", "{{7*7}} ${7*7} %s in a search term", TO_DO, "linus", 1, 3, 13),
    ("Story", "Find products with a typing mistake", DONE, "ada", 8, 3, 11),
    ("Story", "Search as one types", DONE, "grace", 5, 3, 11),
    ("Task", "Measure searches without result", DONE, "linus", 2, 3, 11),
)
_SHOP_BACKLOG = (
    "Filter by price", "Sort by rating", "Wish list", "Compare two products", "Reserve in a shop nearby",
    "Invoice as PDF", "Change the language on the phone", "Return label by mail", "Recommend to a friend",
    "Show stock per size", "Archive old orders", "Import prices every night", "Second address",
    "A very long summary, as people write when they put the whole story, the reason, the three exceptions "
    "and half of the discussion into the one line that was meant to be its title", "Subscribe to a product",
    "Newsletter opt-in", "Cookie choices", "Accessible product pictures",
)  # fmt: skip
_PLAT_ROWS = (
    ("Task", "Renew the certificates of the edge", IN_PROGRESS, "ada"),
    ("Task", "Move the build machines", TO_DO, ""),
    ("Bug", "Backups take longer every night", IN_REVIEW, "admin"),
    ("Story", "Secrets rotate without a restart", TO_DO, "ada"),
    ("Task", "Upgrade the database", DONE, "admin"),
    ("Bug", "Disk alarm comes too late", TO_DO, ""),
    ("Task", "Write down who may do what", DONE, "ada"),
    ("Story", "One page that shows every service", TO_DO, "admin"),
)


def _shop_issues() -> list[Issue]:
    issues = [
        Issue(number, SHOP, "Epic", summary, IN_PROGRESS, "grace", epic_name=name, epic_color=color)
        for number, summary, name, color in _EPICS
    ]
    for number, (kind, summary, status, assignee, points, epic, sprint) in enumerate(_SHOP_ROWS, start=4):
        issues.append(Issue(number, SHOP, kind, summary, status, assignee, points, epic, sprint))
    for number, summary in enumerate(_SHOP_BACKLOG, start=4 + len(_SHOP_ROWS)):
        points = (None, 1.0, 2.0, 0.5, 5.0)[number % 5]
        issues.append(
            Issue(number, SHOP, "Story", summary, TO_DO, ("", "ada", "linus")[number % 3], points, number % 4)
        )
    return issues


def _dated(issue: Issue) -> Issue:
    due = day(10 + issue.number).date().isoformat() if issue.sprint else ""
    return replace(issue, created=day(-30 - issue.number), updated=day(-1), due=due)


_PLAT = [
    Issue(number, PLAT, kind, summary, status, assignee)
    for number, (kind, summary, status, assignee) in enumerate(_PLAT_ROWS, start=1)
]
ISSUES: list[Issue] = [_dated(issue) for issue in (*_shop_issues(), *_PLAT)]

BLOCKS = (("SHOP-5", "SHOP-8"), ("SHOP-7", "SHOP-5"))
"""Links between issues: the first blocks the second."""


def visible_projects(user: User | None) -> list[Project]:
    """The projects a user may see; nobody sees none."""
    if user is None:
        return []
    return [project for project in PROJECTS if not project.members or user.name in project.members]


def visible_boards(user: User | None) -> list[Board]:
    """The boards of the projects a user may see."""
    projects = visible_projects(user)
    return [board for board in BOARDS if board.project in projects]
