"""A practice Jira, Server and Cloud: what Almoner is tried out with and tested against.

It is a process of its own (``python -m portal.sandbox --port 8090 --data instance/sandbox``) and shares
nothing with the portal but the version number. The OAuth 1.0a provider verifies with ``oauthlib``, so
that what we test with is not what we test; OAuth 2.0 is written out by hand for the same reason.

What is in it:

* ``oauth``, ``oauth_messages``, ``consent``: request token, consent page, access token, revocation
* ``links``: the application link pages of Jira before 9 and from 9 on
* ``signin``, ``sso``: sign-in page, sign-out, and a single sign-on host that can be put in front
* ``rest_api``, ``rest_agile``: ``/rest/api/2`` and ``/rest/agile/1.0`` as the token's user
* ``cloud``: Atlassian's host and two sites of Jira Cloud, on ports of their own
* ``faults``, ``control``, ``journal``: switches that make it misbehave, and the record of every request

It is no real Jira: data comes from ``data`` and cannot be edited, passwords stand on the front page,
and ``/sandbox/...`` is an open control for tests. It therefore listens on the loopback addresses only.
"""
