"""The law of assets: styles, scripts and marks of an app's pages, read once, served from memory.

Each address carries a digest of its content, so browsers keep it for good and never keep it too
long. There is no build step and nothing comes from elsewhere.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
KEEP_S = 365 * 24 * 3600
"""Browsers may keep an asset for a year: its address changes with its content."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its address on the site and what is sent for it."""

    address: str
    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Assets:
    """All files of a folder by name, addressed below `/assets/`."""

    files: Mapping[str, Asset]

    def address(self, name: str) -> str:
        """The address of a file for a page to link to. `KeyError` if there is none."""
        return self.files[name].address

    async def serve(self, request: Request) -> Response:
        """Answer `/assets/{digest}/{name}`; an old digest gets the present file, kept shortly."""
        asset = self.files.get(request.path_params["name"])
        if asset is None:
            return Response("no such file", 404, media_type="text/plain")
        current = request.url.path.endswith(asset.address)
        keep = f"public, max-age={KEEP_S}, immutable" if current else "no-cache"
        headers = {"cache-control": keep, "x-content-type-options": "nosniff"}
        return Response(asset.body, media_type=asset.media_type, headers=headers)


def load_assets(folder: Path) -> Assets:
    """Read the folder's files (a dozen small ones) of the known kinds."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in MEDIA_TYPES:
            continue
        body = path.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:12]
        address = f"/assets/{digest}/{path.name}"
        found[path.name] = Asset(address, body, MEDIA_TYPES[path.suffix])
    return Assets(found)
