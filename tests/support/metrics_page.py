"""A reader of Prometheus' text format, strict enough to find what a scraper would not take."""

import re

_SAMPLE = re.compile(r"(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)", re.S)
_LABEL = re.compile(r'(?P<name>[a-zA-Z_]\w*)="(?P<value>(?:\\[\\"n]|[^"\\\n])*)"(?:,|\Z)')
_ESCAPE = re.compile(r"\\(.)")

Series = tuple[str, frozenset[tuple[str, str]]]


def read_metrics(text: str) -> dict[Series, float]:
    """(name, labels) -> value; fails on a line that is none of the format."""
    assert text.endswith("\n")
    found: dict[Series, float] = {}
    kinds: dict[str, str] = {}
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            _, what, name, told = line.split(" ", 3)
            assert what in ("HELP", "TYPE")
            if what == "TYPE":
                assert name not in kinds
                kinds[name] = told
            continue
        sample = _SAMPLE.fullmatch(line)
        assert sample, line
        series = (sample["name"], frozenset(_labels(sample["labels"] or "")))
        family = re.sub(r"_(bucket|sum|count)\Z", "", sample["name"])
        assert sample["name"] in kinds or kinds.get(family) == "histogram", line
        assert series not in found, f"{series} stands there twice"
        found[series] = float(sample["value"])
    return found


def _labels(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text):
        label = _LABEL.match(text, at)
        assert label, text[at:]
        plain = _ESCAPE.sub(lambda m: "\n" if m[1] == "n" else m[1], label["value"])
        found.append((label["name"], plain))
        at = label.end()
    return found
