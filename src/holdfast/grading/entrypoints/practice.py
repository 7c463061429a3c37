"""`holdfast practice on|off|show`: a client of the teacher's form, with the course's admin token.

It changes nothing by itself, so what it does is in the audit log like what a page does.
"""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

from holdfast.errors import HoldfastError, Mistake
from holdfast.grading.entrypoints.attempts import TIMEOUT_S, get_json

ON = "practice mode is on: lease times x {scale:g}, and attempts that begin now do not count"
OFF = "practice mode is off: attempts count"


def switch_practice(url: str, token: str, wish: str, out: Callable[[str], None] = print) -> int:
    """`wish`: `on`, `off` or `show`. Prints how it is now; returns the exit code.

    `Mistake` when the token is no teacher's; `HoldfastError` when the results API is away.
    """
    if wish != "show":
        _post(f"{url}/teach/practice", token, {"practice": "yes" if wish == "on" else "no"})
    answer = get_json(f"{url}/api/grading/tests", token)
    out(ON.format(scale=answer["rules"]["time_scale"]) if answer["practice"] else OFF)
    return 0


def _post(url: str, token: str, fields: dict[str, str]) -> None:
    request = urllib.request.Request(  # noqa: S310  http(s) from our settings
        url,
        urllib.parse.urlencode(fields).encode(),
        {"authorization": f"Bearer {token}", "accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
            return
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise Mistake("Only teachers switch: the admin token was not accepted.") from None
        raise HoldfastError(f"The results API at {url} failed: status {error.code}.") from None
    except OSError as error:
        reason = getattr(error, "reason", error)
        raise HoldfastError(f"The results API at {url} does not answer: {reason}.") from None
