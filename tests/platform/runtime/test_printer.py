"""The children's log lines: in order, bounded, and never waiting for a terminal."""

import asyncio
import io
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.runtime import printer as printer_module
from holdfast.platform.runtime.printer import MAX_LINE_BYTES, Printer, lines_of
from tests.support.processes import until


class Blocked(io.StringIO):
    """A terminal that was stopped with Ctrl-S."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.free = threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        assert self.free.wait(30)
        return super().write(text)


def test_lines_are_written_in_order_with_the_name_of_the_child() -> None:
    stream = io.StringIO()
    printer = Printer(stream)
    printer.start()
    printer.put_prefixed("node-1", "hello")
    printer.put_plain("node-2", '{"event":"x"}')
    printer.stop()
    assert stream.getvalue() == 'node-1      | hello\n{"event":"x"}\n'


def test_a_stopped_terminal_stops_nobody_and_lost_lines_are_counted() -> None:
    stream = Blocked()
    printer = Printer(stream, capacity=3)
    printer.start()
    printer.put_plain("a", "first")
    assert stream.entered.wait(30)
    for number in range(10):
        printer.put_plain("a", str(number))
    stream.free.set()
    until(lambda: stream.getvalue().count("\n") >= 4, "the lines that fitted are written")
    printer.put_plain("a", "last")
    printer.stop()
    written = stream.getvalue().splitlines()
    assert written[0] == "first"
    assert [line for line in written if line.isdigit()] == ["0", "1", "2"]
    assert "(7 log lines were dropped: nobody read them)" in written
    assert written[-1] == "last"


def test_a_reader_that_left_is_no_reason_to_fail() -> None:
    stream = io.StringIO()
    stream.close()
    printer = Printer(stream)
    printer.start()
    printer.put_plain("a", "x")
    printer.stop()


def test_stopping_does_not_wait_for_a_stopped_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printer_module, "FLUSH_S", 0.05)
    stream = Blocked()
    printer = Printer(stream, capacity=1)
    printer.start()
    printer.put_plain("a", "x")
    assert stream.entered.wait(30)
    printer.put_plain("a", "y")
    printer.stop()
    stream.free.set()


async def collect(chunks: list[bytes]) -> list[str]:
    reader = asyncio.StreamReader()
    for chunk in chunks:
        reader.feed_data(chunk)
    reader.feed_eof()
    return [line async for line in lines_of(reader)]


@given(st.lists(st.binary(max_size=20).filter(lambda b: b"\n" not in b)), st.booleans())
def test_lines_are_found_however_the_bytes_arrive(lines: list[bytes], ended: bool) -> None:
    text = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    whole = asyncio.run(collect([text] if text else []))
    pieces = asyncio.run(collect([bytes([byte]) for byte in text]))
    assert whole == pieces
    assert all(line.isprintable() or "\t" in line for line in whole)


async def test_an_endless_line_comes_in_pieces() -> None:
    lines = await collect([b"x" * (3 * MAX_LINE_BYTES + 5)])
    assert "".join(lines) == "x" * (3 * MAX_LINE_BYTES + 5)
    assert max(map(len, lines)) <= MAX_LINE_BYTES


async def test_terminal_commands_in_a_line_are_shown_not_obeyed() -> None:
    assert await collect([b"a\x1b[2Jb\xff\r\n"]) == [r"a\x1b[2Jb\xff"]
