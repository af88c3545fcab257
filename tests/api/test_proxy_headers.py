"""Whatever a program sends beside its path, Jira gets the account's authentication and no other (T28)."""

import re

from tests.support.relayed import END, Relayed

BEARER = b"Authorization: Bearer "
# One or several headers each, as they stand on the wire.
HOSTILE = [
    # Two requests in one, or one of two lengths.
    b"X-A: b\r\n\r\nGET /healthz HTTP/1.1", b"X-A: b\n\nGET /healthz HTTP/1.1", b"X-A: b\rX-B: c",
    b"X-A: b\x00c",
    b"X-A\x00: b", b"X-A : b", b" X-A: b", b"X-A b", b": b", b"X-A: b\r\n folded", b"X-\xe4: b",
    b"X-A: \xff\xfe",
    b"X-A: \x01\x7f", b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: -1", b"Content-Length: +1",
    b"Content-Length: 0x1", b"Content-Length: 1, 1", b"Content-Length: 99999999999999999999",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity", b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    # Of the way between program and portal only.
    b"Connection: keep-alive, Authorization", b"Connection: Content-Type", b"Keep-Alive: timeout=9999",
    b"TE: trailers", b"Trailer: Authorization", b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
    b"Upgrade: websocket", b"Expect: 100-continue", b"Expect: nonsense", b"Proxy-Authorization: Basic YTpi",
    b"Proxy-Connection: keep-alive", b"Proxy: http://evil.example.org", b"Max-Forwards: 0",
    # Who the request is from, or where it goes.
    b"Cookie: JSESSIONID=1; seraph.rememberme.cookie=x", b"Set-Cookie: a=b", BEARER + b"stolen",
    b"Authorization: Basic YWRtaW46YWRtaW4=", b"authorization: OAuth oauth_token=x",
    b"Host: evil.example.org",
    b"X-Forwarded-Host: evil.example.org", b"X-Forwarded-For: 127.0.0.1", b"X-Forwarded-Proto: https",
    b"X-Forwarded-Prefix: /x", b"Forwarded: for=127.0.0.1;host=evil.example.org", b"X-Real-IP: 127.0.0.1",
    b"X-Forwarded-User: admin", b"X-Remote-User: admin", b"Remote_User: admin",
    b"X-Original-URL: /secure/admin",
    b"X-Rewrite-URL: /secure/admin", b"X-HTTP-Method-Override: DELETE", b"X-HTTP-Method: DELETE",
    b"X-Method-Override: DELETE", b"X-Atlassian-WebSudo: no-check", b"X-AUSERNAME: admin",
    b"Origin: https://evil.example",
    b"Referer: https://evil.example", b"Sec-Fetch-Site: cross-site", b"X-Almoner-Answer: jira",
    b"Range: " + b"bytes=" + b",".join(b"%d-%d" % (n, n) for n in range(500)), b"Accept-Encoding: gzip;q=9",
    b"If-Range: x", b"User-Agent: Mozilla/5.0", b"Via: 1.1 evil", b"X-Request-Id: 1\tevil", b"Priority: u=0",
    b"X-A: " + b"b" * 9000, b"\r\n".join(b"X-%d: a" % n for n in range(200)), b"Accept: a\r\nAccept: b",
    b"Content-Type: application/json\r\nContent-Type: text/html", b"Accept: " + b"\xc3\xa4",
]  # fmt: skip
PASSED_ON = {
    "host", "user-agent", "accept-encoding", "authorization", "accept", "accept-language", "content-type",
    "if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "x-atlassian-token",
    "x-experimentalapi", "x-force-accept-language", "transfer-encoding", "content-length",
}  # fmt: skip
SIGN_INS = [
    "os_username=admin&os_password=admin", "a=b&os_username=x", "OS_USERNAME=x", "os%5Fusername=x",
    "os_authType=basic", "a=b;os_password=x", "os_cookie=true", "oauth_token=x", "oauth_consumer_key=x",
    "OAuth_signature=x", "xoauth_requestor_id=admin", "jwt=e30.e30.", "access_token=x", "%6Awt=x", "+jwt=x",
    "jwt%20=x", "jwt", "a=b&&jwt=x", "user_id=admin&os_username",
]  # fmt: skip


def test_hostile_headers(relay: Relayed) -> None:
    """Refused by gunicorn or the portal, or sent on without them; the next request is never touched."""
    assert len(HOSTILE) >= 60
    relay.jira.take()
    for headers in HOSTILE:
        told = relay.send(b"rest/api/2/issue", headers, method=b"POST")
        assert 200 <= told.status < 500 or told.status == 501, (headers, told.raw)
        for came in relay.jira.take():
            _check_clean(relay, came, headers)
        assert relay.serves(), headers
        (following,) = relay.jira.take()
        assert following.startswith(b"GET /rest/api/2/myself HTTP/1.1\r\n"), headers


def _check_clean(relay: Relayed, came: bytes, sent: bytes) -> None:
    head, _, body = came.partition(END)
    line, *headers = head.decode("latin-1").split("\r\n")
    names = [header.partition(":")[0].lower() for header in headers]
    assert line == "POST /rest/api/2/issue HTTP/1.1", sent
    assert set(names) <= PASSED_ON, sent
    assert len(set(names)) == len(names), sent
    assert f"Authorization: Bearer {relay.token}" in headers, sent
    assert f"Host: {relay.jira.server.host}:{relay.jira.server.port}" in headers, sent
    assert body in (b"", b"0\r\n\r\n") or b"\n" not in body, sent


def test_no_query_signs_somebody_in(relay: Relayed) -> None:
    """Jira would take these for who is asking, whatever the request is authorised by."""
    relay.jira.take()
    form = b"Content-Type: application/x-www-form-urlencoded"
    for query in SIGN_INS:
        told = relay.send(b"rest/api/2/myself?" + query.encode())
        assert (told.status, told.is_from("almoner")) == (400, True), query
        body = query.encode()
        told = relay.send(
            b"rest/api/2/issue", form, b"Content-Length: %d" % len(body), method=b"POST", body=body
        )
        assert (told.status, told.is_from("almoner")) == (400, True), query
    assert relay.jira.take() == []


def test_no_charset_makes_another_query(relay: Relayed) -> None:
    """Jira reads parameters in the charset of the body: this is os_username in EBCDIC."""
    relay.jira.take()
    for charset in (b"IBM037", b"utf-16", b'"cp1047"', b"utf-8;charset=IBM037", b"'utf-7'", b" ibm500"):
        for kind in (b"application/json", b"application/x-www-form-urlencoded", b"text/plain"):
            header = b"Content-Type: " + kind + b"; Charset =" + charset
            told = relay.send(b"rest/api/2/search?%96%a2%6d%a4%a2%85%99%95%81%94%85=x", header)
            assert (told.status, told.is_from("almoner")) == (400, True), header
    assert relay.jira.take() == []
    assert relay.send(b"rest/api/2/x", b"Content-Type: application/json;charset=UTF-8").is_from("jira")


def test_no_query_breaks_out_of_its_line(relay: Relayed) -> None:
    relay.jira.take()
    for query in (b"a=b c", b"a=\x00", b"a=\r\nX: y", b"a=#b", b"a=\xc3\xa4", b"a\tb", b"a=\x7f"):
        told = relay.send(b"rest/api/2/myself?" + query)
        assert told.status == 400, (query, told.raw)
    relay.send(b"rest/api/2/myself?a=b?c=/../d&e=%0d%0a&a=%")
    (came,) = relay.jira.take()
    assert re.match(rb"GET /rest/api/2/myself\?a=b\?c=/\.\./d&e=%0d%0a&a=% HTTP/1\.1\r\n", came)
