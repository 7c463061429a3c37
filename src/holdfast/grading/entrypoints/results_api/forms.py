"""A plain page for a form that works before anybody may see anything, and what forms send.

No script, no picture, nothing from elsewhere; whatever is filled in is escaped.
"""

import html
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from holdfast.grading.entrypoints.results_api.requests import body_of
from holdfast.platform.auth.faces import STYLE_PATH
from holdfast.platform.auth.switch import keep_choice, language_in, switches
from holdfast.platform.auth.words import says

MAX_FORM_BYTES = 4096
"""A token, an id and an address of this site."""
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title} · Holdfast</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{style}">
</head>
<body>
<header><a href="/">Holdfast</a>
<nav class="tongues" aria-label="{switch}">
{tongues}
</nav>
</header>
<main id="main">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


_TONGUE = '<a href="{href}" lang="{lang}" hreflang="{lang}"{current}>{name}</a>'


def page(request: Request, path: str, title: str, body: str, status: int = 200) -> Response:
    """A page in the look of those for logging in, which shows its form at `path`; `body` is HTML
    whose variable parts were escaped with `escaped`. Where there are no accounts the style is
    missing, and nothing else."""
    language = language_in(request)
    tongues = "\n".join(
        _TONGUE.format(
            href=escaped(one.href),
            lang=one.language,
            name=escaped(one.name),
            current=' aria-current="true"' if one.is_current else "",
        )
        for one in switches(path, {}, language)
    )
    text = _PAGE.format(
        title=escaped(title),
        body=body,
        lang=language,
        style=STYLE_PATH,
        switch=escaped(says(language, "language")),
        tongues=tongues,
    )
    headers = {**_HEADERS, "content-language": language, "vary": "accept-language, cookie"}
    answer = Response(text, status, headers, media_type="text/html")
    keep_choice(request, answer)
    return answer


def escaped(text: str) -> str:
    """`text` as it may stand in HTML and in quoted attributes."""
    return html.escape(text, quote=True)


def told(text: str, *, is_wrong: bool) -> str:
    """A sentence that tells how the last form went; nothing for nothing."""
    if not text:
        return ""
    kind, role = ("wrong", "alert") if is_wrong else ("told", "status")
    return f'<p class="{kind}" role="{role}" tabindex="-1" autofocus>{escaped(text)}</p>'


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a sent form, each once."""
    raw = await body_of(request, MAX_FORM_BYTES)
    try:
        fields = parse_qs(raw.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
