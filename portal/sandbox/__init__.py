"""A practice Jira, Server and Cloud: what Almoner is tried out with and tested against.

It is a process of its own (``python -m portal.sandbox --port 8090 --data instance/sandbox``) and shares
nothing with the portal but the version number. OAuth 1.0a and 2.0 of Jira Server stand on ``oauthlib``, so
that what we test with is not what we test; OAuth 2.0 of Cloud is written out by hand for the same reason.

What is in it:

* ``oauth``, ``oauth_messages``, ``consent``: request token, consent page, access token, revocation
* ``links``: the application link pages of Jira before 9 and from 9 on
* ``incoming``, ``oauth2``, ``oauth2_provider``: links by OAuth 2.0, from Jira 8.22 on
* ``profile``, ``pats``, ``bearer``, ``passwords``: personal access tokens, Bearer, Basic and its CAPTCHA
* ``signin``, ``sso``: sign-in page, sign-out, and a single sign-on host that can be put in front
* ``rest_api``, ``rest_agile``: ``/rest/api/2`` and ``/rest/agile/1.0`` as the token's user; below them
  ``rest_issues``, ``rest_transitions``, ``rest_comments``, ``rest_attachments``, ``rest_meta``,
  ``create_screen``, ``rest_sprints``, ``rest_epics``
* ``data``, ``content``: what a Jira holds at its start, and now; ``content_control`` shows it
* ``cloud``: Atlassian's host and two sites of Jira Cloud, on ports of their own
* ``faults``, ``faults_of_way``, ``faults_of_server``, ``faults_of_cloud``, ``faults_of_deliveries``,
  ``switch``: what can be made to go wrong, by the layer it belongs to; ``control``, ``server_control`` turn
  it on, ``journal`` records requests
* ``door``, ``certificates``, ``in_front``: one more way in, as through a reverse proxy, with every fault of
  network, TLS and proxies; ``languages``: messages in other languages

It is no real Jira: what is changed in issues is lost with the process, passwords stand on the front page,
and ``/sandbox/...`` is an open control for tests. It therefore listens on the loopback addresses only.
"""
