"""PURE. The law of refusals: what the gateway answers itself has a name, a reason, a way out.

Programs get it in the site's own JSON, browsers as a small page without scripts or styles, in
German or English.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from holdfast.platform.runtime.site import Refusal

NO_MEMBER = "no_member"
NO_ANSWER = "no_answer_in_time"
CUT = "answer_cut_off"
AMBIGUOUS = "ambiguous_request"
WRONG_HOST = "unknown_host"
NOWHERE = "not_found"
TOO_OFTEN = "too_many_requests"
TOO_LONG = "body_too_long"
TOO_SLOW = "body_too_slow"
HEAD_TOO_LONG = "head_too_long"
RETRY_AFTER_S = 1
"""When to come back while no member is there: most outages are a restart."""


@dataclass(frozen=True, slots=True)
class _Kind:
    status: int
    title: str
    what: str
    fix: str
    german: str


_KINDS = {
    NO_MEMBER: _Kind(
        503,
        "Service unavailable",
        "Nobody can answer this just now.",
        "Try again in a moment.",
        "Im Augenblick kann das niemand beantworten. Bitte gleich noch einmal versuchen.",
    ),
    NO_ANSWER: _Kind(
        504,
        "No answer in time",
        "The answer did not come in time; the request may have had its effect.",
        "Look whether it had before you send it again.",
        "Die Antwort kam nicht rechtzeitig; die Anfrage hat vielleicht trotzdem gewirkt.",
    ),
    CUT: _Kind(
        502,
        "The answer was cut off",
        "The service ended before its answer; the request may have had its effect.",
        "Look whether it had before you send it again.",
        "Die Antwort brach ab; die Anfrage hat vielleicht trotzdem gewirkt.",
    ),
    AMBIGUOUS: _Kind(
        400, "Ambiguous request", "The request is not clear.", "Mend it.", "Die Anfrage ist unklar."
    ),
    WRONG_HOST: _Kind(
        421,
        "Unknown host",
        "This server does not serve that host.",
        "Use the address that you were given.",
        "Diesen Namen bedient dieser Server nicht.",
    ),
    NOWHERE: _Kind(
        404,
        "Not found",
        "There is nothing at this address.",
        "Check the address.",
        "Unter dieser Adresse gibt es nichts.",
    ),
    TOO_OFTEN: _Kind(
        429,
        "Too many requests",
        "There are too many requests.",
        "Come back after the seconds in Retry-After.",
        "Das sind zu viele Anfragen. Bitte etwas warten.",
    ),
    TOO_LONG: _Kind(
        413,
        "Body too long",
        "The body is too long.",
        "Send less.",
        "Das ist zu viel auf einmal.",
    ),
    HEAD_TOO_LONG: _Kind(
        431,
        "Request head too long",
        "The headers are too long.",
        "Send fewer; a browser may have to forget its cookies.",
        "Die Kopfzeilen sind zu lang. Vielleicht hilft es, Cookies zu löschen.",
    ),
    TOO_SLOW: _Kind(
        408,
        "Body too slow",
        "The body did not come in time.",
        "Send it without pauses.",
        "Die Anfrage kam nicht rechtzeitig vollständig an.",
    ),
}
_PAGE = (
    '<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><title>{title}</title></head>\n'
    '<body><main><h1>{title}</h1><p>{what}</p><p><a href="">{again}</a></p>'
    "<p><small>{where} {id}</small></p></main></body>\n</html>\n"
)


def refusal(kind: str, where: str, request_id: str, what: str = "") -> Refusal:
    """The refusal of this kind. `what`: a sentence that says more than the usual one."""
    known = _KINDS[kind]
    said = what or known.what
    return Refusal(known.status, known.title, said, known.fix, where[:200], request_id)


def answer_of(
    kind: str, refused: Refusal, says: Callable[[Refusal], bytes], *, page: bool, german: bool
) -> tuple[bytes, bytes]:
    """Media type and body of a refusal: a page, or the site's JSON."""
    if not page:
        return b"application/json", says(refused)
    known = _KINDS[kind]
    text = _PAGE.format(
        language="de" if german else "en",
        title=escape(f"{refused.status} {refused.title}"),
        what=escape(known.german if german else f"{refused.what} {refused.fix}"),
        again="Noch einmal versuchen" if german else "Try again",
        where=escape(refused.where),
        id=escape(refused.request_id),
    )
    return b"text/html; charset=utf-8", text.encode("utf-8", "replace")


def plain_json(refused: Refusal) -> bytes:
    """The JSON of a site that has no form of its own."""
    fields = (refused.title, refused.what, refused.fix, refused.where, refused.request_id)
    title, what, fix, where, id_ = (_quoted(text) for text in fields)
    return (
        f'{{"error": {{"title": {title}, "what": {what}, "where": {where}, "fix": {fix}, '
        f'"request_id": {id_}}}}}\n'
    ).encode()


def _quoted(text: str) -> str:
    plain = "".join(char if char.isprintable() and char.isascii() else "?" for char in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'
