"""Paths that want to leave the place they were given, each with why it is refused; and odd ones that may go.

As they stand in the target of a request behind ``proxy/``. A test of the rules and one over real HTTP hold
the same table.
"""

from portal.programs.path_refusals import LONGEST, Why

# What some server takes for "here" or "one up": plain, encoded once, twice, thrice, beside parameters and
# blanks, joined by an encoded slash, in wide letters.
DOTS = (
    "..", ".", "...", "%2e", "%2e%2e", "%2E%2E", ".%2e", "%2E.", "%252e%252e", "%25252e%25252e",
    "%2525252e.", "%2e%252e", ".%25252E", "..;", "..;x=1", ".;x", "%2e%2e;a=b", "..%3b", "..%3Bx=1",
    "..%253bx", "..%20", "%20..", "..%2520", "..%2f..", "%2e%2e%2f%2e%2e",
    "..%252f..", "..%25252f..", "a%2f..%2fb", "a%252f%252e%252e", "..;%2f..;", "..%3f", "..%23x", "..%253f",
    "%ef%bc%8e%ef%bc%8e", "%e2%80%a5", "..%ef%bc%8f..", "%25ef%25bc%258e.",
)  # fmt: skip
_BEHIND = ("rest/api/2/{}/{}/{}/secure/admin", "rest/api/2/issue/PLAT-1/{}", "{}/rest/api/2/myself")
_OTHERS: dict[Why, tuple[str, ...]] = {
    Why.EMPTY: ("",),
    Why.DOTS: ("rest/api/2/issue/..%2F", "rest/api/2/issue/..%2fa", "..%2F..%2fwiki", "..", "."),
    Why.LONG: (
        "rest/api/2/issue/" + "A" * LONGEST, "rest/api/2/" + "a/" * LONGEST, "rest/api/2/" + "%2e" * LONGEST,
        "rest/api/2/" + "../" * LONGEST,
    ),
    Why.CHARACTERS: (
        "rest/api/2/..\\..\\secure", "rest\\api\\2\\myself", "rest/api/2/a%5c..%5cb", "rest/api/2/%5C%5Chost",
        "rest/api/2/a%255cb", "rest/api/2/a%25255cb", "..%5c..%5cwiki", "%5cevil.example.org",
        "rest/api/2/myself%00", "%00rest/api/2/myself", "rest/api/2/%00/..", "rest/api/2/a%2500",
        "rest/api/2/a%0d%0aHost:evil.example.org", "rest/api/2/a%0aX-Other:1", "rest/api/2/a%0d", "a%09b",
        "rest/api/2/a%250d%250a", "rest/api/2/a%7f", "rest/api/2/a%1b[2J", "rest/api/2/a%c2%85b",
        "rest/api/2/a%c2%9bb", "rest/api/2/issue/<script>", 'rest/api/2/issue/"x"', "rest/api/2/issue/{key}",
        "rest/api/2/a|b", "rest/api/2/a^b", "rest/api/2/a`b", "rest/api/2/issue/[1]", "rest/api/2/a#b",
        "rest/api/2/a#/../b", "rest/api/2/a?b", "rest/api/2/m\u00fcller", "rest/api/2/\uff0e\uff0e/x",
        "rest/api/2/a b", "rest/api/2/. ./x", "rest/api/2/% 2e", "rest/api/2/a\tb", "rest/api/2/a\rb",
        "rest/api/2/a\x00b", "rest/api/2/%ef%bc%bcx",
        "rest/api/2/a%25250a",
    ),
    Why.ENCODING: (
        "rest/api/2/%", "rest/api/2/%2", "rest/api/2/%zz", "rest/api/2/%2g", "rest/api/2/%u002e%u002e/x",
        "rest/api/2/%%32%65%%32%65/x", "rest/api/2/a%/b", "rest/api/2/%c0%ae%c0%ae/x",
        "rest/api/2/%e0%80%ae%e0%80%ae/x", "rest/api/2/..%c0%af..", "rest/api/2/%c1%9c", "rest/api/2/%ff",
        "rest/api/2/%fe%ff%00.", "rest/api/2/%ed%a0%80", "rest/api/2/%f8%80%80%80%ae",
        "rest/api/2/%25c0%25ae",
        "rest/api/2/m%fcller", "rest/api/2/%252525252525e", "rest/api/2/%2525252525252e",
        "rest/api/2/%f0%80%80%af",
    ),
    Why.ABSOLUTE: (
        "/rest/api/2/myself", "//evil.example.org/rest/api/2/myself", "/", "///", "%2frest/api/2/myself",
        "%2f%2fevil.example.org/", "%252f%252fevil.example.org", "http://evil.example.org/rest/api/2/myself",
        "https://evil.example.org", "https:evil.example.org", "https:/evil.example.org/rest/api/2",
        "https%3a%2f%2fevil.example.org/rest", "https%253a//evil.example.org", "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x", "evil.example.org:443", "evil.example.org:443/rest/api/2/myself",
        "@evil.example.org/rest/api/2/myself", "user:word@evil.example.org/rest",
        "%40evil.example.org/rest/api/2",
        ":80/rest/api/2", "javascript:alert(1)", "%ef%bc%8frest/api/2", "%2f../wiki",
    ),
    Why.SESSION: (
        "rest/api/2/myself;jsessionid=1", "rest/api/2;JSessionId=1/myself", "rest/api/2/x%3Bjsessionid=1",
        "rest/api/2/myself;a=b;jsessionid", "rest/api/2/%253Bjsessionid/x", "rest/api/2/a;%20jsessionid=1",
    ),
    Why.SLASHES: (
        "rest//api/2/myself", "rest/api//2/myself", "rest/api/2//myself", "rest/api/2/myself//", "rest///api",
        "rest/api/2/a%2f/b", "rest/api/2/a%2f%2fb", "rest/api/2/a/%2fb", "rest/api/2/a%252f%252fb",
        "rest/;x=1/api/2/myself", "rest/api/2/;/myself", "rest/api/2/a%2f;b/c", "rest/api/2/%3bx/a",
        "rest/api/2/%3fx/a", "rest/api/2/%23/a", "rest/api/2/%ef%bc%8f/x",
        "rest/api/2/%2f../a",
    ),
}  # fmt: skip
_UNNAMED = (
    "wiki/rest/api/content", "ex/jira/11111111-2222-3333-4444-555555555555/rest/api/3/myself", "oauth/token",
    "plugins/servlet/applinks/listApplicationLinks", "plugins/servlet/oauth/access-token", "secure/admin",
    "secure/attachments/1/a.png", "login.jsp", "rest", "rest/", "rest/apis/2/myself", "rest/api-2/myself",
    "rest/API/2/myself", "REST/api/2/myself", "rest;x=1/api/2/myself", "rest/api;x/2/myself",
    "rest%2fapi/2/myself",
    "rest%252fapi/2/myself", "rest/%2561pi/2/myself", "rest.json/api/2/myself", "rest/auth/1/session",
    "rest/pat/latest/tokens", "rest/webhooks/1.0/webhook", "rest/applinks/3.0/applicationlink", "status", "*",
    "rest/*", "rest/%ef%bd%81pi/2/myself", "rest%20/api/2/myself", "rest/api%3f/2/myself",
    "jira/rest/api/2/myself",
    "_edge/tenant_info", "gateway/api/graphql", "rest/internal/2/issue", "metadata/v1",
    "rest%3f/api/2/myself",
)  # fmt: skip

HOSTILE: tuple[tuple[str, Why], ...] = (
    *((place.replace("{}", form), Why.DOTS) for form in DOTS for place in _BEHIND),
    *((path, why) for why, paths in _OTHERS.items() for path in paths),
    *((path, Why.NOT_NAMED) for path in _UNNAMED),
)

# Odd, and nothing but names: they go as they are. What the record knows them by.
ODD = {
    "rest/api/2/serverInfo/": "rest/api/2/serverInfo",
    "rest/api/latest/project/PLAT": "rest/api/latest/project/{}",
    "rest/agile/1.0/board/17/sprint": "rest/agile/1.0/board/{}/sprint",
    "rest/api/2/issue/A_B-1": "rest/api/2/issue/{}",
    "rest/api/2/status/In%20Progress": "rest/api/2/status/{}",
    "rest/api/2/status/In+Progress": "rest/api/2/status/{}",
    "rest/api/2/status/a.b": "rest/api/2/status/{}",
    "rest/api/2/status/a..b": "rest/api/2/status/{}",
    "rest/api/2/status/..a": "rest/api/2/status/{}",
    "rest/api/2/status/50%25": "rest/api/2/status/{}",
    "rest/api/2/status/50%2525": "rest/api/2/status/{}",
    "rest/api/2/status/Erledigt%20%E2%9C%93": "rest/api/2/status/{}",
    "rest/api/2/status/a%2Fb": "rest/api/2/status/{}/{}",
    "rest/api/2/status/a%2F": "rest/api/2/status/{}",
    "rest/api/2/status/what%3F": "rest/api/2/status/{}",
    "rest/api/2/user/properties/x;v=1": "rest/api/2/user/properties/{}",
    "rest/api/2/user;v=1/search": "rest/api/2/user/search",
    "rest/api/2/search.json": "rest/api/2/search",
    "rest/api/2/%69ssue/PLAT-1": "rest/api/2/issue/{}",
    "rest/api/2/issue/PLAT-1/properties/com.example:key@1": "rest/api/2/issue/{}/properties/{}",
    "rest/api/2/issue/PLAT-1/properties/!$&'()*+,=~-._": "rest/api/2/issue/{}/properties/{}",
    "rest/api/3/attachment/content/10017": "rest/api/3/attachment/content/{}",
    "secure/attachment/10017/a%20b.png": "secure/attachment/{}/{}",
    "rest/api/2/mallory@example.org": "rest/api/2/{}",
    "rest/api/2/issue/2/comment/3": "rest/api/2/issue/{}/comment/{}",
    "rest/api/mallory/issue": "rest/api/{}/issue",
    "rest/api/2/issue/.json": "rest/api/2/issue/{}",
}
