"""Log lines: one for each event, readable, and never forged by what strangers send."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from holdfast.platform.runtime.logs import MAX_VALUE_CHARS, Format, Log, configure


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:], level, logging.raiseExceptions = before
    root.setLevel(level)


def lines(form: Format = "text", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure("node-1", form, level, stream)
    return stream


def test_a_line_has_moment_level_process_event_and_values() -> None:
    stream = lines()
    Log("room").info("member_joined", node="n1", address="127.0.0.1:80", load=0.5, up=True)
    moment, rest = stream.getvalue().split(" ", 1)
    assert moment.endswith("Z")
    assert rest == "info node-1 member_joined node=n1 address=127.0.0.1:80 load=0.5 up=True\n"


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("evil", ["a\nb", "a\rb", "\x1b[2J", "\u2028x", "a b=c", '"', "\udcff"])
def test_strangers_can_not_forge_lines(form: Format, evil: str) -> None:
    stream = lines(form)
    Log("room").info("event", value=evil)
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.isascii()
    assert not set(text[:-1]) & set("\r\n\x1b")
    assert " b=c" not in text or '"a b=c"' in text


def test_long_values_are_cut() -> None:
    stream = lines()
    Log("room").info("event", value="x" * 10 * MAX_VALUE_CHARS)
    assert len(stream.getvalue()) < MAX_VALUE_CHARS + 200


def test_json_lines_are_objects_whose_frame_no_value_can_change() -> None:
    stream = lines("json")
    Log("room").warning("event", at="then", level="none", count=3, none=None, wrong=float("nan"))
    line = json.loads(stream.getvalue(), parse_constant=pytest.fail)
    assert line["event"] == "event"
    assert line["level"] == "warning"
    assert line["process"] == "node-1"
    assert line["count"] == 3
    assert line["none"] is None
    assert line["wrong"] == "nan"


def test_less_important_lines_are_left_out() -> None:
    stream = lines(level="warning")
    log = Log("room")
    log.debug("a")
    log.info("b")
    log.warning("c")
    log.error("d")
    assert [line.split()[3] for line in stream.getvalue().splitlines()] == ["c", "d"]


def test_the_debug_level_shows_everything() -> None:
    stream = lines(level="debug")
    Log("room").debug("a")
    assert " debug node-1 a" in stream.getvalue()


def test_an_exception_keeps_its_traceback_on_one_line() -> None:
    stream = lines()
    try:
        raise RuntimeError("boom\nbang")  # noqa: TRY301
    except RuntimeError:
        Log("room").exception("failed", uid=7)
    assert stream.getvalue().count("\n") == 1
    assert "RuntimeError: boom" in stream.getvalue()
    assert "uid=7" in stream.getvalue()


def test_libraries_take_the_same_way_when_they_warn() -> None:
    stream = lines()
    logging.getLogger("library").info("chatter")
    logging.getLogger("library").warning("careful %s", "now\nhere")
    assert stream.getvalue().count("\n") == 1
    assert '"library: careful now\\nhere"' in stream.getvalue()


def test_configuring_again_replaces_the_old_way() -> None:
    old = lines()
    new = lines()
    Log("room").info("event")
    assert old.getvalue() == ""
    assert new.getvalue().count("\n") == 1


def test_a_closed_stream_does_not_stop_the_program() -> None:
    stream = lines()
    stream.close()
    Log("room").info("event")
