"""The Cloud side of the practice Jira: what Atlassian serves on hosts of its own.

* ``app``: the Atlassian host (sign-in, consent, tokens, gateway, console) and the hosts of the sites
* ``authorize``, ``token_calls``, ``tokens``: OAuth 2.0 with three legs, written out here, on no library
* ``account``: what a token reaches, the profile, and the page where a person removes an app
* ``gateway``: ``/ex/jira/<cloudId>``, the REST interfaces by scope, with the data of the Server side
* ``console``: the developer console, by hand in a browser; ``control`` the same as JSON for tests
* ``store``: apps, grants and tokens; ``scopes``: names of the permissions and what each endpoint wants
"""
