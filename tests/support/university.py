"""A small OpenID provider on loopback: discovery, keys, codes with PKCE, signed ID tokens.

A browser that is sent there comes straight back: whoever comes is known.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "holdfast", "client-secret-0123456789"


@dataclass
class Provider:
    """What it knows. `claims` go into every ID token, over the usual ones; `key` signs."""

    issuer: str = ""
    now: int = 0
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "k1"}))
    signs_with: RSAKey | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def log_in(self, url: str) -> tuple[str, str]:
        """Somebody logs in where the browser was sent: state and code that it comes back with."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return asked["state"], code

    def redeem(self, authorization: str, form: dict[str, str]) -> dict[str, Any]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form["code"], None)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_right = asked is not None and asked["code_challenge"] == challenge
        if not is_right or asked is None or authorization != f"Basic {basic}":
            return {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "person-7",
            "exp": self.now + 300,
            "iat": self.now,
            "nonce": asked["nonce"],
            "groups": ["staff"],
            "preferred_username": "mira",
            **self.claims,
        }
        header = {"alg": "RS256", "kid": "k1"}
        return {"id_token": jwt.encode(header, claims, self.signs_with or self.key)}


@contextmanager
def university(now: int) -> Iterator[Provider]:
    """A provider that runs until the end of the block."""
    provider = Provider(now=now)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer = provider.issuer
            if self.path.startswith("/authorize?"):
                state, code = provider.log_in(self.path)
                asked = provider.codes[code]
                self.send_response(303)
                self.send_header("location", f"{asked['redirect_uri']}?state={state}&code={code}")
                self.send_header("content-length", "0")
                self.end_headers()
            elif self.path == "/keys":
                self.answer({"keys": [provider.key.as_dict(private=False)]})
            else:
                self.answer(
                    {
                        "issuer": issuer,
                        "authorization_endpoint": f"{issuer}/authorize",
                        "token_endpoint": f"{issuer}/token",
                        "jwks_uri": f"{issuer}/keys",
                    }
                )

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"])).decode()
            form = {name: values[0] for name, values in parse_qs(raw).items()}
            self.answer(provider.redeem(self.headers["authorization"], form))

        def answer(self, found: dict[str, Any]) -> None:
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
