"""Problems that rows of the checklist find about boards, permissions, fields, people and ends."""

from portal.credentials.problem import JIRA_ADMIN, OPERATOR, TENANT_ADMIN, Problem, catalogue
from portal.kinds.scopes import READ_PERMISSIONS, names_of

_OPENS = names_of([READ_PERMISSIONS])
_SEEN_AS_EMPTY = (
    "Nothing is broken without: what is missing shows on a board as empty, or as forbidden, and then stands "
    "in Jira under Project settings → Permissions (or Access)."
)

DATA_CHECK_PROBLEMS = catalogue(
    Problem(
        "no_agile",
        "This Jira offers no boards",
        "It is a Jira, but it does not know the addresses under rest/agile/1.0: Jira Software is not "
        "installed there or its licence has ended, or a proxy lets only a part of the addresses through.",
        JIRA_ADMIN,
        "In Jira look under Administration → Applications whether Jira Software is installed and licensed. "
        "If it is, let the proxy pass everything under rest/agile on.",
    ),
    Problem(
        "no_board_chosen",
        "No board is chosen yet",
        "What is looked at are the boards that were chosen here, and what the account may do in their "
        "projects. There is none, so neither is known.",
        TENANT_ADMIN,
        "Choose a board of this account under Boards, then try again. Nothing is broken until then.",
    ),
    Problem(
        "boards_gone",
        "Boards kept here are gone, or hidden",
        "Jira does not show {user} these boards, and says the same of boards that were deleted: {boards}.",
        TENANT_ADMIN,
        "Open the board in Jira as somebody who knows it. If it is there, have {user} let into its project "
        "(Browse Projects) and share the board's filter; if it was deleted, remove it here, under Boards.",
    ),
    Problem(
        "boards_forbidden",
        "Boards kept here are not shown to the account",
        "Jira knows these boards and does not let {user} see them: {boards}.",
        JIRA_ADMIN,
        "Let {user} into the project of each board (Project settings → Permissions, Browse Projects), and "
        "share the filter the board is made from.",
    ),
    Problem(
        "boards_unlisted",
        "Boards were not found by their names",
        "One board can be asked for by its number only with the permission View issue details, so they were "
        "looked up by name. These were not there: {boards}. They were renamed, hidden from {user}, or "
        "deleted.",
        TENANT_ADMIN,
        "Open the board in Jira. If it has another name, remove it here, under Boards, and choose it again.",
    ),
    Problem(
        "boards_untold",
        "Boards cannot be asked for",
        "What was granted to the account does not open them. That takes {scopes}.",
        TENANT_ADMIN,
        "Nothing is broken while nobody opens a board. To see them, add these permissions and connect anew.",
    ),
    Problem(
        "boards_unasked",
        "Not all boards were looked at",
        "A run asks for no more than some of them, and for no longer than about a minute. It did not ask for "
        "{left}.",
        TENANT_ADMIN,
        "Nothing need be done for those that were asked for. Open one of the others here: if it shows its "
        "issues, it is still there.",
    ),
    Problem(
        "permissions_unasked",
        "Not all projects were looked at",
        "A run looks at no more than some of the boards and their projects, and for no longer than about a "
        "minute. It did not look at {left}.",
        TENANT_ADMIN,
        "Nothing need be done for those that were looked at. Elsewhere a missing permission is told to "
        "whoever needs it.",
    ),
    Problem(
        "permissions_missing",
        "The account may not do all it is for",
        "{user} lacks {missing}.",
        JIRA_ADMIN,
        "Whoever administers the project opens Project settings → Permissions (or Access) and gives {user} a "
        "role that has them. Where the project shares its permission scheme with others, a Jira admin "
        "changes that under Administration → Issues → Permission schemes.",
    ),
    Problem(
        "permissions_untold",
        "Permissions in Jira cannot be asked for",
        f"Atlassian tells them only where {_OPENS} was granted, and it was not.",
        TENANT_ADMIN,
        f"To have them looked at, tick {_OPENS} in the developer console → the app → Permissions → Jira API →"
        f" Granular scopes and on the set-up page, save both, and reauthorise the account. {_SEEN_AS_EMPTY}",
    ),
    Problem(
        "shared_permissions_untold",
        "Permissions in Jira cannot be asked for",
        f"Atlassian tells them only where {_OPENS} was granted, and it was not.",
        OPERATOR,
        f"To have them looked at, ask the operator to add {_OPENS} to the app of this portal, then "
        f"reauthorise the account. {_SEEN_AS_EMPTY}",
    ),
    Problem(
        "token_permissions_untold",
        "Permissions in Jira cannot be asked for",
        f"Atlassian tells them only by a token with {_OPENS}, and this one seems to lack it.",
        TENANT_ADMIN,
        "To have them looked at, make a new token with all the scopes that the set-up page lists: one gets "
        f"none afterwards. Enter it there, and revoke the former one. {_SEEN_AS_EMPTY}",
    ),
    Problem(
        "projects_untold",
        "Permissions in some projects are not known",
        "Jira did not tell to which projects a board belongs, or nothing about permissions there.",
        JIRA_ADMIN,
        "Open the boards of this account here as somebody who is connected. What is missing shows there as "
        "empty, or as forbidden; then look in Jira under Project settings → Permissions.",
    ),
    Problem(
        "fields_none",
        "No field was mapped yet",
        "Which field of that Jira is the epic link, the sprint or the story points was never chosen, so what "
        "they hold is not shown.",
        TENANT_ADMIN,
        "Open Fields, look at what is preset, and save.",
    ),
    Problem(
        "fields_gone",
        "Mapped fields are gone",
        "Jira knows these fields no more, or hides them from the account: {fields}.",
        TENANT_ADMIN,
        "Open Fields and choose others, or none. If a field should be there, ask your Jira admin whether it "
        "was deleted or moved to the trash.",
    ),
    Problem(
        "fields_changed",
        "Mapped fields are of another type now",
        "They cannot play their roles any more: {fields}.",
        TENANT_ADMIN,
        "Open Fields and choose those that fit.",
    ),
    Problem(
        "fields_untold",
        "Fields cannot be asked for",
        "What was granted to the account does not open the list of fields. That takes {scopes}.",
        TENANT_ADMIN,
        "Nothing is broken; mapped fields are used as they were chosen. To map or look at them, add these "
        "permissions and connect anew.",
    ),
    Problem(
        "second_person",
        "Nobody else has connected yet",
        "Until a second person is connected as another Jira user it is not shown that others can.",
        TENANT_ADMIN,
        "Send a member of your organisation this address: {page}. They sign in here and press Connect.",
    ),
    Problem(
        "second_person_unshared",
        "Nobody else has connected yet",
        "Until a second person is connected as another Jira user it is not shown that others can. What fails "
        "most: an app at Atlassian is its maker's alone until it is shared, and everybody else ends on a "
        "page of Atlassian's that says they have no access to it.",
        TENANT_ADMIN,
        "In the developer console open the app → Distribution → Edit, choose Sharing, and save. Then send a "
        "member of your organisation this address: {page}. They sign in here and press Connect.",
    ),
    Problem(
        "second_person_later",
        "Nobody else can connect yet",
        "The set-up is not finished, and until then members do not see the account.",
        TENANT_ADMIN,
        "Finish the set-up. Then this row shows the address to send to a member.",
    ),
    Problem(
        "something_ended",
        "What the account rests on has ended",
        "{what}: it ended on {day}.",
        TENANT_ADMIN,
        "{todo}.",
    ),
    Problem(
        "something_ends",
        "What the account rests on ends soon",
        "{what}: it ends on {day}, in {days} days. From then on the account does not work.",
        TENANT_ADMIN,
        "{todo}.",
    ),
    Problem(
        "secret_is_old",
        "A secret is old",
        "{what}: nothing stops, but it is best replaced by {day}.",
        TENANT_ADMIN,
        "{todo}.",
    ),
)
