"""PURE. The law of not being ready: programs get it in JSON, a browser as a page in its language.

Both are told when to come back. The page has no style and no script, and loads nothing.
"""

from dataclasses import dataclass
from html import escape

RETRY_AFTER_S = 5
"""When to come back: a process is restarted, or finds what it needs again, in some seconds."""
MAX_HEADER_CHARS = 200
"""Of what a browser says it wants; longer wishes are cut."""
_PAGE = (
    '<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{title}</title></head>\n'
    '<body><main><h1>{title}</h1><p>{what}</p><p><a href="">{again}</a></p>{why}</main></body>\n'
    "</html>\n"
)
_ENGLISH = (
    "Not ready",
    "This part of the site takes nothing new just now. Nothing was changed. Please try again in "
    "some seconds.",
    "Try again",
)
_GERMAN = (
    "Nicht bereit",
    "Dieser Teil der Seite nimmt gerade nichts Neues an. Nichts wurde geändert. Bitte versuchen "
    "Sie es in einigen Sekunden noch einmal.",
    "Noch einmal versuchen",
)


@dataclass(frozen=True, slots=True)
class Said:
    """Body and its media type."""

    body: bytes
    content_type: str = "application/json"


def not_ready(data: bytes, accept: str, languages: str, why: str = "") -> Said:
    """What to answer with status 503 to who sends these `Accept` and `Accept-Language`: `data` to
    programs, a page to browsers. `why`: a sentence in English without capital and full stop, for
    whoever runs the site; empty for none."""
    if "text/html" not in accept[:MAX_HEADER_CHARS]:
        return Said(data)
    german = wants_german(languages)
    title, what, again = _GERMAN if german else _ENGLISH
    page = _PAGE.format(
        language="de" if german else "en",
        title=title,
        what=what,
        again=again,
        why=f'<p lang="en"><small>{escape(why)}</small></p>' if why else "",
    )
    return Said(page.encode("utf-8", "replace"), "text/html; charset=utf-8")


def wants_german(languages: str) -> bool:
    """Whether an `Accept-Language` names German before English."""
    for wish in languages[:MAX_HEADER_CHARS].split(","):
        tag = wish.strip()[:2].lower()
        if tag in ("de", "en"):
            return tag == "de"
    return False
