"""Log in at a university: OpenID Connect, authorization code with PKCE, state and nonce.

What comes back is believed when everything fits: the state is the one this browser was sent away
with, used once within ten minutes; the code is redeemed with our verifier; the ID token is signed
by a key of the issuer, for us, and holds our nonce. Roles are those of `[people]`, nothing else.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from holdfast.platform.auth.audit import Act, Entry, Origin
from holdfast.platform.auth.people import (
    Account,
    NewAccount,
    SignIn,
    is_name,
    is_subject,
    plain_name,
)
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.secrets import hash_of, new_secret
from holdfast.platform.auth.settings import role_map
from holdfast.platform.auth.signing_in import LoggedIn, NotIn, SigningIn
from holdfast.platform.runtime.logs import Log

SIGN_IN_S = 600.0
"""Somebody who needs longer to log in there begins anew."""
ANSWER_S = 5.0
LEEWAY_S = 60
"""Clocks differ; more than a minute is a mistake."""
MAX_ANSWER_BYTES = 256 << 10
"""A set of keys has some ten kB."""
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
"""Signatures by a key that only the issuer has; never a shared secret, never none."""
BACK = "/login/university/back"
_log = Log("university")


class Away(Exception):
    """The university does not answer, or not in the way of the protocol."""


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """Where to send a browser, and the state that it keeps in a cookie."""

    url: str
    state: str


@dataclass(frozen=True, slots=True)
class University:
    """The use cases. `secret` is ours at the issuer; `client` opens a way to it."""

    signing_in: SigningIn
    secret: str = field(repr=False)
    client: Callable[[], httpx.AsyncClient] = lambda: httpx.AsyncClient(timeout=ANSWER_S)

    async def begin(self, target: str) -> Begun:
        """Somebody wants to log in there; `Away` when it does not answer."""
        settings, now = self.signing_in.settings, self.signing_in.clock.wall()
        async with self.client() as client:
            issuer = await self._discover(client)
        state, sign_in = new_secret(), SignIn(new_secret(), new_secret(), target)
        people = self.signing_in.people
        await people.sweep(now)
        until = now + timedelta(seconds=SIGN_IN_S)
        await people.begin_sign_in(hash_of(state), sign_in, until)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sign_in.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": settings.university_client_id,
            "redirect_uri": self._back,
            "scope": "openid profile email",
            "state": state,
            "nonce": sign_in.nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return Begun(f"{_text(issuer, 'authorization_endpoint')}?{urlencode(query)}", state)

    async def finish(
        self, state: str, kept: str, code: str, origin: Origin
    ) -> tuple[LoggedIn, str] | NotIn:
        """Somebody came back with `state` and `code`; `kept` is the state in their cookie. With
        the session comes where to go. `Away` when the university does not answer."""
        if not (state and hmac.compare_digest(hash_of(state), hash_of(kept))):
            return NotIn()
        now = self.signing_in.clock.wall()
        sign_in = await self.signing_in.people.end_sign_in(hash_of(state), now)
        if sign_in is None or not code:
            return NotIn()
        claims = await self._redeem(code, sign_in)
        account = await self._account(claims) if claims is not None else None
        if account is None or account.is_disabled:
            entry = Entry(now, "somebody", Act.LOG_IN_FAILED, "", "university", origin)
            await self.signing_in.people.record(entry)
            return NotIn()
        return await self.signing_in.open(account, origin, "university"), sign_in.target

    @property
    def _back(self) -> str:
        return self.signing_in.settings.public_url.rstrip("/") + BACK

    async def _discover(self, client: httpx.AsyncClient) -> Mapping[str, Any]:
        name = self.signing_in.settings.university_issuer
        url = f"{name.rstrip('/')}/.well-known/openid-configuration"
        found = await _asked(client, "GET", url)
        if found.get("issuer") != name:
            raise Away("the issuer calls itself something else")
        return found

    async def _redeem(self, code: str, sign_in: SignIn) -> Mapping[str, Any] | None:
        """The claims of a good ID token; None when it, or the code, is not good."""
        settings = self.signing_in.settings
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": sign_in.verifier,
        }
        async with self.client() as client:
            issuer = await self._discover(client)
            keys = await _asked(client, "GET", _text(issuer, "jwks_uri"))
            answer = await _asked(
                client,
                "POST",
                _text(issuer, "token_endpoint"),
                data=form,
                auth=(settings.university_client_id, self.secret),
            )
        try:
            return self._checked(str(answer.get("id_token", "")), keys, sign_in.nonce)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            _log.warning("id_token_refused", why=type(error).__name__)
            return None

    def _checked(self, token: str, keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        settings = self.signing_in.settings
        key_set = KeySet.import_key_set({"keys": list(keys["keys"])})
        claims = jwt.decode(token, key_set, algorithms=list(ALGORITHMS)).claims
        registry = jwt.JWTClaimsRegistry(
            now=int(self.signing_in.clock.wall().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": settings.university_issuer},
            aud={"essential": True, "value": settings.university_client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
        is_for_others = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if is_for_others and claims.get("azp") != settings.university_client_id:
            raise ValueError("the token is for somebody else, too")
        return claims

    async def _account(self, claims: Mapping[str, Any]) -> Account | None:
        """The account of who this is, made or brought up to date; None without a role here."""
        people, settings = self.signing_in.people, self.signing_in.settings
        roles = roles_in(claims.get(settings.university_role_claim), settings.university_roles)
        if not roles:
            return None
        told = claims.get(settings.university_subject_claim, "")
        subject = str(told) if is_subject(str(told)) else ""
        external = f"{settings.university_issuer}|{claims['sub']}"[:600]
        found = await people.account_of(external)
        if found is not None:
            if (found.roles, found.subject) != (roles, subject):
                await people.set_roles(found.id, roles, subject)
            return await people.account_of(external)
        wish = plain_name(str(claims.get("preferred_username") or claims.get("email") or ""))
        plain = f"u-{hash_of(external).hex()[:16]}"
        for name in (wish, plain):
            new = NewAccount(name, roles, subject, external=external)
            if is_name(name) and (
                made := await people.add_account(new, self.signing_in.clock.wall())
            ):
                return made
        return None


def roles_in(claim: object, lines: tuple[str, ...]) -> frozenset[Role]:
    """The roles that a claim (a text, or a list of them) gives by the table of `[people]`."""
    values = claim if isinstance(claim, list) else [claim]
    table = role_map(lines)
    return frozenset(table[value] for value in values if isinstance(value, str) and value in table)


async def _asked(
    client: httpx.AsyncClient, method: str, url: str, **more: Any
) -> Mapping[str, Any]:
    try:
        answer = await client.request(method, url, **more)
        if len(answer.content) > MAX_ANSWER_BYTES:
            raise Away("the answer is too long")
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Away(type(error).__name__) from error
    if not isinstance(found, dict):
        raise Away("the answer is no object")
    return found


def _text(found: Mapping[str, Any], key: str) -> str:
    text = found.get(key)
    if not isinstance(text, str):
        raise Away(f"the issuer has no {key}")
    return text
