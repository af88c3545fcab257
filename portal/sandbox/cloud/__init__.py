"""The Cloud side of the practice Jira: what Atlassian serves on hosts of its own.

* ``app``: the Atlassian host (sign-in, consent, tokens, gateway, console) and the hosts of the sites
* ``authorize``, ``token_calls``, ``tokens``: OAuth 2.0 with three legs, written out here, on no library
* ``site``, ``site_rest``: the hosts of the sites; ``interfaces``: the REST that they and the gateway share
* ``api_tokens``, ``api_token_pages``: API tokens, classic and with scopes; ``basic``: who shows one where
* ``accounts``: people who change their name or close their account; ``reporting``: apps that ask who did
* ``account``: what a token reaches, the profile, and the page where a person removes an app
* ``gateway``: ``/ex/jira/<cloudId>``, the REST interfaces by scope, with the data of the Server side
* ``site_credentials``, ``credentials_2lo``: OAuth credentials that a site's admin makes for a tool
* ``delivery_calls``, ``taking``, ``development``: what such tools send, and what becomes of it by the rules
  of ``delivery_shapes``, ``shapes``; ``delivered`` keeps it, ``panel`` shows it at the issue
* ``delivery_faults``, ``limits``: what goes wrong with it; ``delivery_control`` shows tests what arrived
* ``console``: the developer console, by hand in a browser; ``control`` the same as JSON for tests
* ``store``: apps, grants and tokens; ``scopes``: names of the permissions and what each endpoint wants
"""
