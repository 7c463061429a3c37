"""The law of `holdfast attempts`: a student's verdicts with their reasons, in a terminal.

Reads the results API like everybody else. What others wrote (reasons quote students' bytes) is
printed without control characters, so that a terminal cannot be taken over.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from holdfast.errors import HoldfastError, Mistake

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 8 << 20
"""A page of 200 attempts with long reasons stays far below."""
MARKS = {
    "pass": "passed",
    "fail": "failed",
    "inconclusive": "inconclusive",
    "infrastructure": "not counted (our fault)",
    None: "running",
}
CHECK_MARKS = {"pass": "+", "fail": "x", "not reached": "."}

Json = Any  # what the API answers; read field by field
Print = Callable[[str], None]


def show_attempts(
    url: str, uid: int, *, limit: int = 20, token: str = "", out: Print = print
) -> int:
    """Print the newest `limit` attempts of a student; returns the exit code.

    `Mistake` when nobody has the id or the API wants a token; `HoldfastError` when it is away.
    """
    answer = get_json(f"{url}/api/grading/students/{uid}/attempts?limit={limit}", token)
    attempts = answer["attempts"]
    if not attempts:
        out(f"student {uid} has not attempted anything yet")
        return 0
    for attempt in attempts:
        for line in lines_of(attempt):
            out(line)
    return 0


def lines_of(attempt: Mapping[str, Json]) -> list[str]:
    """An attempt of the API as lines for a terminal: when, what, why, and its checks."""
    began = str(attempt["started_at"])[:19].replace("T", " ")
    mark = MARKS.get(attempt["verdict"], str(attempt["verdict"]))
    lines = [f"{began}  {attempt['test']:<14} {mark}  ({attempt['id'][:8]}, {attempt['node']})"]
    if attempt["reason"]:
        lines.append(f"    {attempt['reason']}")
    for check in attempt["checks"]:
        hint = f": {check['hint']}" if check["hint"] else ""
        lines.append(f"    {CHECK_MARKS.get(check['verdict'], '?')} {check['name']}{hint}")
    return [plain(line) for line in lines]


def get_json(url: str, token: str, cookie: str = "") -> Json:
    """What the results API answers. `Mistake` when it refuses, `HoldfastError` when it is away."""
    headers = {"accept": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    if cookie:
        headers["cookie"] = cookie
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  http(s) from our settings
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return json.loads(answer.read(MAX_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        raise _refusal(url, error) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        raise HoldfastError(f"The results API at {url} does not answer: {reason}.") from None


def _refusal(url: str, error: urllib.error.HTTPError) -> HoldfastError:
    try:
        said = json.loads(error.read(MAX_ANSWER_BYTES))["error"]["what"]
    except (OSError, ValueError, KeyError, TypeError):
        said = f"status {error.code}"
    if error.code in (400, 401, 403, 404):
        return Mistake(plain(f"The results API says: {said}."))
    return HoldfastError(plain(f"The results API at {url} failed: {said}."))


def plain(text: str) -> str:
    """The text without control characters."""
    return "".join(char if char.isprintable() else "?" for char in text)
