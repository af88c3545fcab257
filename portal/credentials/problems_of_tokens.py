"""Problems of secrets that somebody makes in Jira and pastes here: API tokens, personal access tokens,
passwords; and of credentials that came to an end that was known beforehand.

Each is said to whoever may enter the secret anew: an admin for the account's own, a person for theirs.
"""

from portal.credentials.problem import JIRA_ADMIN, YOU, Problem, catalogue

TOKEN_PROBLEMS = catalogue(
    Problem(
        "token_refused",
        "Atlassian does not accept the e-mail and API token",
        "Atlassian refused them, and its answer is the same for every reason: "
        "a wrong e-mail, another person's token, a token that has expired, was revoked or was mistyped, and "
        "an account that was deactivated or has lost the site cannot be told apart from here.",
        YOU,
        "Check in this order: first, the e-mail is that of the Atlassian account that made the token; "
        "second, that account can open the site in a browser: if it cannot, ask an admin of the site to "
        "activate it or to give it access again; third, the token is listed at id.atlassian.com "
        "→ Security → API tokens and has not expired. If all of this is right, make a new token there, copy "
        "it with the Copy button and enter it here. If that is refused too, the organisation of the site may "
        "let no API tokens in: ask an admin of the site.",
    ),
    Problem(
        "classic_token",
        "This is a token without scopes",
        "It works at the site, but not at Atlassian's gateway, which this ALM account goes through and which "
        "takes tokens with scopes only.",
        YOU,
        "Open id.atlassian.com → Security → API tokens and press Create API token with scopes. Name it and "
        "choose its end date, select Jira, tick the scopes listed here, press Create, copy the token and "
        "enter it here. You can revoke the one without scopes there if nothing else uses it.",
    ),
    Problem(
        "token_lacks_scope",
        "The API token lacks a scope for this",
        "Atlassian accepts the token, but not for this call; which scope it misses is told by nobody.",
        YOU,
        "A token gets no scopes afterwards. Open id.atlassian.com → Security → API tokens, make a new token "
        "with all the scopes listed where the token is entered here, and enter it in the place of this one.",
    ),
    Problem(
        "token_lacks_identity",
        "The token may not tell whose it is",
        "Atlassian accepts it, but it lacks the scopes that prove who is acting: read:jira-user, or else "
        "read:user:jira, read:application-role:jira, read:group:jira and read:avatar:jira, all four.",
        YOU,
        "Open id.atlassian.com → Security → API tokens and make a new token with scopes: tick read:jira-user "
        "besides the others listed here. Enter it here, and revoke the former one there.",
    ),
    Problem(
        "pat_refused",
        "Jira does not accept the personal access token",
        "Jira refused it, or answered as to an anonymous visitor. Either it was revoked, has expired or was "
        "mistyped, or the Jira user it belongs to was deactivated, or personal access tokens are switched "
        "off in that Jira; Jira does not say which.",
        YOU,
        "Sign in to Jira as the user it belongs to: if Jira lets that user in no more, ask your Jira admin "
        "to activate it. Else open the profile → Personal Access Tokens. Make a new "
        "token there, copy it whole and enter it here. If that page is missing, ask your Jira admin whether "
        "personal access tokens are switched on. If the new token is refused too, something between this "
        "portal and Jira may be removing the Authorization header.",
    ),
    Problem(
        "password_refused",
        "Jira does not accept the user name and password",
        "One of them is wrong, or the password was changed, or the Jira user was deactivated; Jira does not "
        "say which.",
        YOU,
        "Enter both again; the user name is the one in the Jira profile, often not the e-mail. Sign in to "
        "Jira with them in a browser before you try again here: after a few wrong passwords Jira asks this "
        "user for a captcha. If Jira does not let that user in there either, ask your Jira admin whether it "
        "was deactivated. If people sign in through a single sign-on, Jira may know no password: enter a "
        "personal access token instead.",
    ),
    Problem(
        "tried_too_often",
        "Nothing was sent to Jira: too many tries were wrong",
        "Jira refused the last ones. After a few wrong passwords it asks that user for a captcha, so this "
        "portal waits before it sends another.",
        YOU,
        "Wait {wait}, then try once more. Until then sign in to Jira in a browser as the same user with what "
        "you entered here; answer a captcha if it shows one. If Jira does not let you in, it is wrong: have "
        "the password set anew there, or make a new token.",
        retry=True,
    ),
    Problem(
        "basic_off",
        "That Jira takes no user name and password",
        "Basic authentication is switched off there: Jira refuses every password, the right one as well.",
        YOU,
        "Enter a personal access token instead: sign in to Jira as the same user, open the profile → "
        "Personal Access Tokens, make one, copy it and enter it here in the place of user name and password.",
    ),
    Problem(
        "user_disabled",
        "The Jira user is deactivated",
        "Jira still knows the user of this connection, but an admin there has deactivated it.",
        JIRA_ADMIN,
        "Ask your Jira admin to activate the user, or connect as another Jira user.",
    ),
    Problem(
        "token_ended",
        "The token has reached its end date",
        "The end date that was entered with it has passed.",
        YOU,
        "Make a new token where the former one was made, and enter it here with its end date. If the date "
        "entered was wrong, enter the token again with the right one.",
    ),
    Problem(
        "account_closed",
        "The Atlassian account was closed",
        "Atlassian reports that it is closed. What this portal kept of it was erased, name and credential.",
        YOU,
        "Connect with another Atlassian account.",
    ),
)
