"""The scopes of incoming links in Jira Data Center ("OAuth 2.0 scopes for incoming links").

Each implies those below it, and none gives more than the person who consents may do. Jira Cloud's scopes mean
nothing there.
"""

READ = "READ"
WRITE = "WRITE"
SCOPES = {
    READ: "Read: boards are shown, nothing can be changed",
    WRITE: "Write: boards are shown and changed",
}
