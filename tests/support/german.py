"""How German texts speak to their readers: as Sie, in both applications."""

import re

_FAMILIAR = re.compile(r"\b(du|dich|dir|dein(?:e[mnrs]?)?|euch|eure?[mnrs]?)\b", re.IGNORECASE)
_ORDER = re.compile(
    r"\bbitte (?:\w+ )?(prüfe|versuche|wähle|öffne|bestätige|schicke|sende|suche|warte|melde)\b",
    re.IGNORECASE,
)


def familiar_in(text: str) -> list[str]:
    """The words of a German text that say du to its reader."""
    return [found[0] for one in (_FAMILIAR, _ORDER) for found in one.finditer(text)]
