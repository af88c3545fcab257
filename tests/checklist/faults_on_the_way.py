"""Faults of the way to a Jira, and of what answers there."""

from tests.checklist.fault import Fault, edit

THE_WAY = (
    Fault("No base URL was entered", "pat", "address", "address_missing", act=edit(base_url=None)),
    Fault(
        "The name does not exist", "pat", "name", "name_unknown", act=edit(base_url="https://jira.invalid")
    ),
    Fault(
        "The address is a private one that the operator does not allow",
        "pat",
        "name",
        "address_refused",
        act=edit(base_url="https://10.1.2.3"),
    ),
    Fault(
        "Plain http to a host the operator does not list",
        "pat",
        "address",
        "plain_http_refused",
        act=edit(base_url="http://jira.example.com"),
    ),
    Fault(
        "The port refuses connections", "pat", "port", "unreachable", switches={"door": "refused"}, at="http"
    ),
    Fault(
        "Nothing answers at the port (a firewall)",
        "pat",
        "port",
        "connect_timeout",
        switches={"door": "unreachable"},
        at="http",
        hangs=True,
    ),
    Fault("The connection is cut", "pat", "jira", "unreachable", switches={"door": "cut"}, at="http"),
    Fault(
        "The connection is cut during the TLS handshake",
        "pat",
        "tls",
        "tls_other",
        switches={"door": "cut"},
        at="https+",
    ),
    Fault(
        "The port takes connections and says nothing",
        "pat",
        "tls",
        "deadline",
        switches={"door": "hanging"},
        at="https+",
        hangs=True,
    ),
    Fault(
        "A self-signed certificate",
        "pat",
        "tls",
        "tls_self_signed",
        switches={"door_certificate": "self_signed"},
        at="https+",
    ),
    Fault("A certificate by an authority nobody entered", "pat", "tls", "tls_untrusted", at="https"),
    Fault(
        "The certificate between is not sent along",
        "pat",
        "tls",
        "tls_not_by_authority",
        switches={"door_certificate": "incomplete_chain"},
        at="https+",
    ),
    Fault(
        "An expired certificate",
        "pat",
        "tls",
        "tls_expired",
        switches={"door_certificate": "expired"},
        at="https+",
    ),
    Fault(
        "A certificate for another host",
        "pat",
        "tls",
        "tls_wrong_host",
        switches={"door_certificate": "wrong_host"},
        at="https+",
    ),
    Fault(
        "A certificate that ends in ten days",
        "pat",
        "tls",
        "certificate_ends",
        "warning",
        switches={"door_certificate": "ends_soon"},
        at="https+",
    ),
    Fault(
        "https typed where plain http is spoken",
        "pat",
        "tls",
        "tls_other",
        switches={"door_certificate": "no_tls"},
        at="https+",
    ),
    Fault(
        "The authority that was pasted is none",
        "pat",
        "tls",
        "ca_refused",
        at="https+",
        act=edit(ca_pem="no certificate"),
    ),
)

WHAT_ANSWERS = (
    Fault("There is no Jira at that address", "pat", "jira", "not_jira", switches={"not_jira": True}),
    Fault(
        "Another web site answers", "pat", "jira", "html_instead_of_json", switches={"in_front": "other_page"}
    ),
    Fault("Jira is down for maintenance", "pat", "jira", "maintenance", switches={"down": True}),
    Fault(
        "A sign-in page in front", "pat", "jira", "html_instead_of_json", switches={"in_front": "login_page"}
    ),
    Fault(
        "Everybody is sent to a sign-in page",
        "pat",
        "jira",
        "redirected",
        switches={"in_front": "login_redirect"},
        evidence={"login_page": "yes"},
    ),
    Fault(
        "A proxy whose Jira is gone (502)", "pat", "jira", "proxy_page", switches={"in_front": "bad_gateway"}
    ),
    Fault(
        "A proxy whose Jira is too slow (504)",
        "pat",
        "jira",
        "proxy_page",
        switches={"in_front": "gateway_timeout"},
    ),
    Fault(
        "A filter of addresses in front", "pat", "jira", "ip_not_allowed", switches={"in_front": "allow_list"}
    ),
    Fault(
        "A filter of addresses of the site",
        "scoped",
        "jira",
        "ip_not_allowed",
        switches={"in_front": "allow_list", "side": "cloud"},
    ),
    Fault("Jira fails with an error of its own", "pat", "jira", "server_error", switches={"status_5xx": 500}),
    Fault(
        "Jira never answers", "pat", "jira", "deadline", switches={"hang": True, "side": "server"}, hangs=True
    ),
    Fault(
        "Jira answers too late",
        "pat",
        "jira",
        "deadline",
        switches={"slow_seconds": 3, "side": "server"},
        hangs=True,
    ),
    Fault(
        "Jira hangs up without an answer",
        "pat",
        "jira",
        "unreachable",
        switches={"drop_connection": True, "side": "server"},
    ),
    Fault(
        "What answers is no JSON", "pat", "jira", "broken_answer", switches={"hostile_body": "latin1_garbage"}
    ),
    Fault("Calls are rate limited", "pat", "jira", "rate_limited", switches={"rate_limited": 60}),
    Fault(
        "Jira tells http where https is used",
        "pat",
        "base_url",
        "base_url_scheme",
        "warning",
        switches={"door_proxy": "wrong_scheme"},
        at="https+",
    ),
    Fault(
        "Jira tells the name of its own server",
        "pat",
        "base_url",
        "base_url_host",
        "warning",
        switches={"door_proxy": "wrong_host"},
        at="https+",
    ),
    Fault(
        "Jira tells the port of its own server",
        "pat",
        "base_url",
        "base_url_host",
        "warning",
        switches={"door_proxy": "wrong_port"},
        at="https+",
    ),
    Fault(
        "The proxy takes the context path away",
        "pat",
        "base_url",
        "base_url_path",
        "warning",
        switches={"door_proxy": "lost_path"},
        at="https+/jira",
    ),
    Fault(
        "The base URL in Jira's settings is an old one",
        "link",
        "base_url",
        "base_url_host",
        "warning",
        switches={"told_base_url": "http://old.example.com"},
    ),
    Fault(
        "Jira's clock is ten minutes ahead",
        "pat",
        "clocks",
        "clock_off_unsigned",
        "warning",
        switches={"clock_offset_seconds": 600},
    ),
    Fault(
        "Jira's clock is ten minutes behind",
        "link",
        "clocks",
        "clock_off",
        "warning",
        switches={"clock_offset_seconds": -600},
    ),
    Fault(
        "Jira is older than OAuth 2.0 there",
        "incoming",
        "jira",
        "jira_before_oauth2",
        switches={"jira_version": "8.20.30"},
        spoils=True,
    ),
    Fault(
        "Jira is older than personal access tokens",
        "pat",
        "jira",
        "jira_before_pat",
        switches={"jira_version": "8.13.27"},
    ),
)
