"""A roster comes in whole, or every bad line is named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.roster import MAX_NAME_CHARS, User, UserId
from holdfast.grading.service.import_roster import (
    MAX_FAULTS,
    BadRoster,
    LineFault,
    import_roster,
    parse_roster,
)
from holdfast.grading.service.ports import ImportReport
from holdfast.grading.store.memory import MemoryStore


def faults(raw: bytes) -> tuple[LineFault, ...]:
    found = parse_roster(raw)
    assert isinstance(found, BadRoster)
    return found.faults


@pytest.mark.parametrize(
    "raw",
    [
        b"1234,Anna\n7,Ben",
        b"uid,name\r\n1234,Anna\r\n7,Ben\r\n",
        b"\xef\xbb\xbfUID , Name\n 1234 , Anna \n\n7,Ben\n\n",
        b"uid;name\n1234;Anna\n7;Ben\n",
        b'"1234","Anna"\n"7","Ben"\n',
    ],
)
def test_the_usual_spellings_of_a_roster_are_understood(raw: bytes) -> None:
    assert parse_roster(raw) == (User(UserId(1234), "Anna"), User(UserId(7), "Ben"))


def test_a_name_may_hold_commas_quotes_and_any_script() -> None:
    raw = '7,"Müller, ""Bobby"" O\'Neil"\n8,Ζωή <script>\n'.encode()
    assert parse_roster(raw) == (
        User(UserId(7), 'Müller, "Bobby" O\'Neil'),
        User(UserId(8), "Ζωή <script>"),
    )


def test_every_bad_line_is_named_with_its_number() -> None:
    raw = b"uid,name\n1,Anna\nx,Ben\n10000,Carl\n2\n3,\n1,Twin\n4,a,b\n-5,Eve\n"
    assert [fault.line for fault in faults(raw)] == [3, 4, 5, 6, 7, 8, 9]
    texts = [fault.fault for fault in faults(raw)]
    assert "'x' is not a uid from 0 to 9999" in texts[0]
    assert "1 columns instead of 2" in texts[2]
    assert "no name" in texts[3]
    assert "twice" in texts[4]


def test_names_are_bounded_and_without_control_characters() -> None:
    long = b"1," + b"x" * (MAX_NAME_CHARS + 1)
    assert "longer than" in faults(long)[0].fault
    assert "control characters" in faults(b"1,A\x00nna")[0].fault


def test_an_empty_file_is_no_roster() -> None:
    for raw in (b"", b"\n\n", b"uid,name\n"):
        assert "no student" in faults(raw)[0].fault


def test_a_file_that_is_not_utf8_names_the_line() -> None:
    assert faults(b"1,Anna\n2,J\xfcrgen\n") == (
        LineFault(2, "the file is not UTF-8: save it as CSV UTF-8"),
    )


def test_an_open_quote_is_a_fault_not_a_crash() -> None:
    assert "not CSV" in faults(b'1,"Anna\n2,Ben\n')[-1].fault


def test_only_the_first_faults_are_listed() -> None:
    assert len(faults(b"x,y\n" * 1000)) == MAX_FAULTS


@given(st.binary(max_size=300))
def test_any_bytes_are_a_roster_or_a_list_of_faults(raw: bytes) -> None:
    found = parse_roster(raw)
    assert found.faults if isinstance(found, BadRoster) else found


async def test_a_bad_roster_imports_nothing() -> None:
    store = MemoryStore(lambda: datetime.now(UTC))
    assert isinstance(await import_roster(store, b"1,Anna\nx,Ben\n"), BadRoster)
    assert list(await store.users()) == []
    assert await import_roster(store, b"1,Anna\n2,Ben\n") == ImportReport(2, 0, 0)
