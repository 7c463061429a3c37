"""The law of what comes in: every number, id and body is bounded and checked here, once.

Ids in paths that make no sense are 404 (there is no such thing), in queries and bodies 400.
"""

import re
from typing import TypeVar

import msgspec
from starlette.requests import Request

from holdfast.grading.domain.attempt import AttemptId
from holdfast.grading.domain.roster import MAX_USER_ID, User, UserId
from holdfast.grading.entrypoints.results_api.problems import Problem, not_found
from holdfast.grading.service.ports import Results
from holdfast.platform.web.bodies import BodyRefused, read_body

MAX_JSON_BYTES = 16 << 10
"""A claim is a hundred bytes; nothing else is sent as JSON."""
_UID = re.compile(r"[0-9]{1,4}|1[0-9]{4}", re.ASCII)
_ATTEMPT_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)

T = TypeVar("T")


def uid_in_path(request: Request) -> UserId:
    """The `{uid}` of the path; 404 when it cannot be anybody's."""
    text = request.path_params["uid"]
    if not _UID.fullmatch(text):
        raise not_found(
            f"nobody has the id {text[:20]!r}", f"ids are whole numbers from 0 to {MAX_USER_ID}"
        )
    return UserId(int(text))


async def student_in_path(request: Request, results: Results) -> User:
    """The student that `{uid}` names; 404 when nobody has the id."""
    uid = uid_in_path(request)
    user = await results.user(uid)
    if user is None:
        raise not_found(f"nobody has the id {uid}", "GET /users lists everybody")
    return user


def attempt_in_path(request: Request) -> AttemptId:
    """The `{id}` of the path; 404 when it is no attempt's."""
    text = request.path_params["id"]
    if not _ATTEMPT_ID.fullmatch(text):
        raise not_found(f"there is no attempt {text[:40]!r}", "ids have 32 hex digits")
    return AttemptId(text)


def whole_number(request: Request, name: str, default: int | None, high: int) -> int | None:
    """The query parameter `name`, a whole number from 0 to `high`; `default` without it."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= high):
        raise Problem(
            400, f"{text[:20]!r} is not a whole number from 0 to {high}", "mend it", f"query {name}"
        )
    return int(text)


def limit_in_query(request: Request, default: int, high: int) -> int:
    """The query parameter `limit`, from 1 to `high`; larger ones are cut."""
    limit = whole_number(request, "limit", default, 10**9 - 1)
    return min(max(1, limit or 1), high)


def cursor_in_query(request: Request) -> AttemptId | None:
    """The query parameter `before`, an attempt's id."""
    return attempt_in_query(request, "before", "use `next` of a page")


def attempt_in_query(
    request: Request, name: str, fix: str = "lists of attempts have the ids"
) -> AttemptId | None:
    """The query parameter `name`, an attempt's id; None without it."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not _ATTEMPT_ID.fullmatch(text):
        raise Problem(400, f"{text[:40]!r} is not the id of an attempt", fix, f"query {name}")
    return AttemptId(text)


async def body_of(request: Request, max_bytes: int) -> bytes:
    """The whole body; 413 as soon as it is longer than `max_bytes`."""
    try:
        return await read_body(request, max_bytes)
    except BodyRefused as refused:
        raise Problem(refused.status, refused.what, refused.fix) from None


async def json_of(request: Request, kind: type[T]) -> T:
    """The JSON body as `kind`; 400 names the field that does not fit."""
    raw = await body_of(request, MAX_JSON_BYTES)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        raise Problem(400, f"the body does not fit: {error}", "see /openapi.json") from None
