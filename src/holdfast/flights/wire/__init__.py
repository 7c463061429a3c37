"""PURE: bytes <-> domain: feed formats of airlines, shapes of the HTTP API."""
