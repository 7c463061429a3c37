"""The client-credentials grant: an owner's name and one of their tokens become a signed token.

The shape is that of Amadeus, whose clients ask for a token before anything else. `client_id` is the
owner's name, `client_secret` one of their access tokens. A wrong name and a wrong secret are told
in the same words. Signed tokens are not exchanged for newer ones.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from holdfast.flights.entrypoints.http.access import caller_from, hash_of, is_usable
from holdfast.flights.entrypoints.http.operation import Call, Encoded, Operation, elsewhere
from holdfast.flights.entrypoints.http.signed_tokens import LIFE_S, Signer
from holdfast.flights.service.ports.access import Token, Tokens
from holdfast.platform.web.bodies import read_body

FORM = "application/x-www-form-urlencoded"
MAX_FORM_BYTES = 4 << 10
"""Three short fields."""
MAX_FIELDS = 100
"""Fields of a form; others than the three are ignored."""
GRANT = "client_credentials"
_encode = msgspec.json.Encoder().encode


class GrantForm(Struct, frozen=True):
    """What is sent, as a form."""

    grant_type: Literal["client_credentials"]
    client_id: str
    client_secret: str


class Granted(Struct, frozen=True):
    """A signed token; `expires_in` in seconds."""

    type: str
    username: str
    application_name: str
    client_id: str
    token_type: str
    access_token: str
    expires_in: int
    state: str
    scope: str


class GrantRefused(Struct, frozen=True):
    """Why there is no token (RFC 6749, 5.2, with the words and number of Amadeus)."""

    error: str
    error_description: str
    code: int
    title: str


GRANT_TOKEN = Operation(
    "POST",
    "/v1/security/oauth2/token",
    "Exchange client credentials for an access token",
    elsewhere,
    Granted,
    body=GrantForm,
    public=True,
    envelope=False,
    dialect="amadeus",
    media_type=FORM,
    raw_body=True,
    problems=((400, GrantRefused), (401, GrantRefused)),
    tag="access",
)


@dataclass(frozen=True, slots=True)
class Grants:
    """The handler."""

    tokens: Tokens
    signer: Signer

    async def grant(self, call: Call) -> object:
        """A signed token for an owner's name and token."""
        form = _form(await read_body(call.request, MAX_FORM_BYTES))
        if form is None or {"grant_type", "client_id", "client_secret"} - form.keys():
            return _refused(400, "invalid_request", "Mandatory parameter is missing", 38187)
        if form["grant_type"] != GRANT:
            return _refused(400, "unsupported_grant_type", "Only client credentials", 38185)
        found = await self._token(form["client_id"], form["client_secret"], call)
        if found is None:
            return _refused(401, "invalid_client", "Client credentials are invalid", 38187)
        now = call.clock.wall()
        expires_in = LIFE_S
        if found.expires_at is not None:
            expires_in = min(expires_in, int((found.expires_at - now).total_seconds()))
        return Granted(
            type="amadeusOAuth2Token",
            username=found.owner,
            application_name=found.name,
            client_id=found.owner,
            token_type="Bearer",
            access_token=self.signer.sign(found, now),
            expires_in=expires_in,
            state="approved",
            scope="",
        )

    async def _token(self, client_id: str, secret: str, call: Call) -> Token | None:
        found = await self.tokens.find(hash_of(secret))
        if found is None or not is_usable(found, call.clock.wall()):
            return None
        if not hmac.compare_digest(found.owner.encode(), client_id.encode("utf-8", "replace")):
            return None
        return replace(found, live_mode=caller_from(found, secret).live_mode)

    def operations(self) -> Sequence[Operation]:
        """Its declaration, served."""
        return (GRANT_TOKEN.by(self.grant),)


def _form(raw: bytes) -> dict[str, str] | None:
    """The fields of a form; of one that comes twice the last. None when it is none."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
    return dict(pairs)


def _refused(status: int, error: str, description: str, code: int) -> Encoded:
    title = "Invalid parameters"
    return Encoded(_encode(GrantRefused(error, description, code, title)), status)
