"""The law of forms: what a browser sends is bounded and decoded once.

That it comes from our own page is looked at before (`platform.auth.origins`).
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request

from holdfast.platform.web.bodies import BodyRefused, read_body

MAX_FORM_BYTES = 64 << 10
"""Nine passengers with all their fields have 5 kB."""
MAX_FIELDS = 500
FORM_TYPE = "application/x-www-form-urlencoded"


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form, the last of each name; `BodyRefused` for what is none."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await read_body(request, MAX_FORM_BYTES)
    if not body:
        return {}
    if kind != FORM_TYPE:
        raise BodyRefused(400, "this is no form", "send fields of a form")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:  # too many fields, or bytes that are none of a form
        raise BodyRefused(400, str(error), "send fields of a form") from None
    return dict(pairs)
