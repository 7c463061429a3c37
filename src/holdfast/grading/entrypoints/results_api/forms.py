"""A plain page for a form that works before anybody may see anything, and what forms send.

No script, no picture, nothing from elsewhere; whatever is filled in is escaped.
"""

import html
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from holdfast.grading.entrypoints.results_api.requests import body_of

MAX_FORM_BYTES = 4096
"""A token, an id and an address of this site."""
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}: Holdfast</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root{{color-scheme:light dark}}
body{{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:12vh auto;padding:0 1rem}}
label{{display:block;margin:.75rem 0}}
input,button{{font:inherit;padding:.5rem;width:100%;box-sizing:border-box}}
.told{{border-left:.25rem solid;padding:.25rem .75rem}}
.wrong{{color:#b3261e}}
@media(prefers-color-scheme:dark){{.wrong{{color:#ff8a80}}}}
</style></head><body><h1>{title}</h1>{body}</body></html>"""


def page(title: str, body: str, status: int = 200) -> Response:
    """A page; `body` is HTML whose variable parts were escaped with `escaped`."""
    text = _PAGE.format(title=escaped(title), body=body)
    return Response(text, status, _HEADERS, media_type="text/html")


def escaped(text: str) -> str:
    """`text` as it may stand in HTML and in quoted attributes."""
    return html.escape(text, quote=True)


def told(text: str, *, is_wrong: bool) -> str:
    """A sentence that tells how the last form went; nothing for nothing."""
    if not text:
        return ""
    kind, role = ("told wrong", "alert") if is_wrong else ("told", "status")
    return f'<p class="{kind}" role="{role}">{escaped(text)}</p>'


async def fields_of(request: Request) -> dict[str, str]:
    """The fields of a sent form, each once."""
    raw = await body_of(request, MAX_FORM_BYTES)
    try:
        fields = parse_qs(raw.decode("utf-8", "replace"), max_num_fields=10)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}
