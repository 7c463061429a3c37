"""From nothing to a graded attempt, and from a feed's file to a booked seat, as the pages say it.

The pages are typed literally, ports and all: in a network namespace of its own, where nobody else
has these ports.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fleet import ROOT
from tests.support.how_to import Step, follow, missing, steps_of
from tests.support.namespaces import inside, namespace

pytestmark = [
    pytest.mark.processes,
    pytest.mark.xdist_group("first-hour"),
    pytest.mark.timeout(400),
]

PAGE = """
Text.

```bash
make setup
```

```bash
.venv/bin/holdfast up --data x
```

```text
holdfast is up (…
```
"""


def test_a_page_is_what_is_typed_and_what_is_seen() -> None:
    first, second = steps_of(PAGE)
    assert (first.typed, first.seen, first.is_server) == ("make setup\n", (), False)
    assert (second.seen, second.is_server) == (("holdfast is up (…",), True)


def test_what_is_not_printed_is_missed() -> None:
    step = Step("x", ("holdfast is up (…", "  a+b  …"))
    assert missing(step, ["holdfast is up (3 s)", "  a+b  c"]) == []
    assert missing(step, ["holdfast is down", "  aab  c"]) == list(step.seen)


@pytest.mark.long
@pytest.mark.parametrize("page", ["first-class", "first-airline"])
def test_the_page_can_be_followed_literally(
    page: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with namespace("bash") as space, inside(space):
        took = follow(ROOT / "docs" / "how-to" / f"{page}.md", ROOT, tmp_path)
    record_property("took", [f"{seconds:.1f} s {what}" for what, seconds in took])
