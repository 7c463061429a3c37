"""2024-a3-t3: timestamped messages in shuffled order."""

import re

from holdfast.grading.domain.reference.clients import sorting
from tests.support.trying import duel, part

LINE = re.compile(r"(\d+)\|Message \1\|(\d\d):(\d\d):(\d\d)")


def test_messages_have_the_form_that_clients_split() -> None:
    for seed in range(10):
        heard = duel("2024-a3-t3", seed=str(seed)).client.heard()
        found = [LINE.fullmatch(text) for text in heard if "|" in text]
        assert found
        assert all(found)
        assert len({match[2] for match in found if match}) == 1, "all within one hour"


def test_the_last_word_tells_success_or_failure() -> None:
    assert "SUCCESSFULLY PASSED" in duel("2024-a3-t3").client.heard()[-1]
    broken = sorting(part("2024-a3-t3"), lambda texts: texts[::-1])
    assert "FAILED" in duel("2024-a3-t3", broken).client.heard()[-1]
