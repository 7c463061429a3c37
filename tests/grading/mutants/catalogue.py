"""Classic mistakes of clients: each is a reference client with one thing wrong.

`says` is a pattern of the hint that names the cause; `verdict` is always fail.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import (
    Part,
    answering,
    answering_udp,
    part_of,
    reconciling,
    renewing,
    seeding,
    sorting,
    triggering,
)
from holdfast.grading.domain.reference.echoing import echo
from holdfast.grading.domain.reference.greeting import (
    WAIT_S,
    greet,
    greet_udp,
    next_chat,
    register_request,
    trigger_chat,
    verdict_in,
)
from holdfast.grading.domain.reference.habits import USUAL, Greeting, Habits
from holdfast.grading.domain.reference.reconciling import ACKNOWLEDGED
from holdfast.grading.domain.reference.sorting import by_time
from holdfast.grading.domain.scenario import Context, Peer, Play
from holdfast.grading.domain.templates import like
from holdfast.grading.wire.course import Chat, ErrorReply
from tests.grading.mutants import slips


@dataclass(frozen=True)
class Mutant:
    """A client with one mistake."""

    name: str
    test: TestId
    play: Play
    says: str

    def __str__(self) -> str:
        return f"{self.test}: {self.name}"


ALL: list[Mutant] = []


def _add(test: str, name: str, play: Play, says: str) -> None:
    ALL.append(Mutant(name, TestId(test), play, says))


def _part(test: str, habits: Habits = USUAL) -> Part:
    return part_of(TestId(test), habits)


# 2024-a1-t2: the bytes of an echo.

for _name, _slip, _says in (
    ("sends the text without a frame", slips.only_text, "plain text instead of a frame"),
    (
        "sends the text as a line",
        slips.only_text_line,
        "plain text instead of a frame.*0d 0a behind",
    ),
    ("forgets the type", slips.without_type, "type field missing"),
    ("writes only writeUTF", slips.bare_utf, "string without a frame"),
    ("writes little-endian numbers", slips.little_endian, "byte order swapped"),
    ("lets the length count itself", slips.length_counts_itself, "length counts itself"),
    ("lets the length count the frame", slips.length_counts_frame, "length counts the header"),
    ("counts two bytes a character", slips.length_doubled, "factor 2"),
    ("writes a length of four bytes", slips.long_length, "length of another width"),
    ("encodes in UTF-16", slips.utf16, "UTF-16"),
    ("sends a type of one byte", slips.one_byte_type, "type field of another width"),
    ("appends a newline", slips.with_newline, "line end"),
    ("appends a zero byte", slips.with_zero, "zero"),
    ("changes the case", slips.upper_case, "upper and lower case"),
    ("cuts the text", slips.cut_short, "stops after 12"),
    ("puts a word in front", slips.prefixed, "inside of it"),
    ("addresses nobody", slips.to_nobody, "recipient differs"),
    ("sends toString of the object", slips.quoted_object, "inside of it"),
    ("speaks HTTP", slips.http, "HTTP message"),
    ("never answers", slips.nothing, "Nothing came within"),
):
    _add("2024-a1-t2", _name, answering(_part("2024-a1-t2"), _slip), _says)


def _closes_at_once(part: Part) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        await ctx.sleep(0.05)
        await server.close()

    return play


_add(
    "2024-a1-t2",
    "closes without answering",
    _closes_at_once(_part("2024-a1-t2")),
    "connection was closed while",
)


def _echoes_bare_string(part: Part) -> Play:
    """Reads "length, text" where there is no message, and takes it for one."""

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        await ctx.sleep(0.5)
        await server.send(Chat(ctx.uid, ON_THE_WIRE[-1]))

    return play


ON_THE_WIRE: list[str] = []
"""Bare strings as the runner saw them: a client's engine only sees messages."""

_add(
    "2024-a1-t2",
    "takes the bare string for a chat",
    _echoes_bare_string(_part("2024-a1-t2")),
    "out-of-band string came back",
)

# 2024-a1-t3: the number.

for _name, _slip, _says in (
    ("answers the number of characters", slips.number(lambda n: n), "number of characters"),
    ("answers the whole length", slips.number(lambda n: 2 * n), "subtract the limit"),
    ("counts one byte a character", slips.number(lambda n: n - 2000), "counts 2 bytes"),
    ("counts one byte over 4000", slips.number(lambda n: n - 4000), "counts 2 bytes"),
    ("turns the sign", slips.number(lambda n: 4000 - 2 * n), "sign"),
    ("counts the length bytes", slips.number(lambda n: 2 * n + 4 - 4000), "2 length bytes"),
    ("counts the header", slips.number(lambda n: 2 * n + 20 - 4000), "header"),
    ("is off by one", slips.number(lambda n: 2 * n - 3998), "Off by one"),
    ("guesses", slips.number(lambda _: 17), "number is wrong"),
    ("writes words", slips.number(lambda n: f"{2 * n - 4000} bytes too long"), "follow"),
    ("echoes the long chat", echo, "Do not echo"),
    ("sends the number without a frame", lambda c: (b"%d" % len(c.text),), "plain text instead"),
    ("says nothing", slips.nothing, "Nothing came within"),
):
    _add("2024-a1-t3", _name, answering(_part("2024-a1-t3"), _slip), _says)

# 2024-a1-t4: the error.


def _echoes_errors(part: Part, *, as_chat: bool, late: bool) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        error = await server.until(like(ErrorReply), within=WAIT_S)
        chat = await server.until(like(Chat), within=WAIT_S)
        replies = [Chat(ctx.uid, error.text) if as_chat else error, chat]
        for reply in reversed(replies) if late else replies:
            await server.send(reply)
        await ctx.sleep(1.0)

    return play


for _as_chat in (True, False):
    for _late in (True, False):
        _add(
            "2024-a1-t4",
            f"echoes the error as {'a chat' if _as_chat else 'it is'}{', late' if _late else ''}",
            _echoes_errors(_part("2024-a1-t4"), as_chat=_as_chat, late=_late),
            "error response came back",
        )
_add(
    "2024-a1-t4",
    "stops at the error",
    answering(_part("2024-a1-t4"), slips.nothing),
    "Nothing came within",
)

# Leases.


def _registers_late(part: Part) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        await server.send(trigger_chat(ctx, part.trigger))
        await ctx.sleep(0.3)
        await server.send(register_request(ctx))
        await ctx.sleep(1.0)

    return play


for _test in ("2024-a2-t1", "2025-3_1"):
    _never = Habits(greeting=Greeting.NEVER)
    _add(_test, "never registers", triggering(_part(_test, _never)), "register request .* before")
    _add(
        _test,
        "triggers before registering",
        _registers_late(_part(_test)),
        "register request .* before",
    )


def _triggers_late(part: Part) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        await server.send(register_request(ctx))
        await ctx.sleep(ctx.rules.lease_scaled_s + 1.0)
        await server.send(trigger_chat(ctx, part.trigger))
        await ctx.sleep(1.0)

    return play


_add(
    "2025-3_1",
    "triggers after the lease",
    _triggers_late(_part("2025-3_1")),
    "was 4.0 s ago, so the lease has run out",
)


def _renews_at(part: Part, *times_s: float) -> Play:
    """Renews at these times of an unscaled course, then no more."""

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        begun_at = ctx.now
        for time_s in times_s:
            await ctx.sleep(begun_at + time_s * ctx.rules.time_scale - ctx.now)
            await server.send(register_request(ctx))
        await ctx.sleep(ctx.rules.lease_test_scaled_s)

    return play


_renew = _part("2025-4_1")
_add("2025-4_1", "never renews", _renews_at(_renew), "has run out.* register again before")
_add("2025-4_1", "renews once", _renews_at(_renew, 200), "has run out.* register again before")
_add("2025-4_1", "renews too late", renewing(_renew, interval_s=3.2), "has run out")
_add("2025-4_1", "renews too soon, then sleeps", _renews_at(_renew, 60), "not sooner than 1.2 s")
_add(
    "2024-a2-t3",
    "never registers",
    renewing(_part("2024-a2-t3", Habits(greeting=Greeting.NEVER)), interval_s=100.0),
    "register request .* before",
)

# Echoes over UDP.

for _test in ("2024-a2-t2", "2025-3_2"):
    for _name, _slip, _says in (
        ("sends the text without a frame", slips.only_text, "plain text instead of a frame"),
        ("drops the prefix", lambda c: (Chat(c.recipient, c.text[11:]),), "whole text"),
        ("writes little-endian numbers", slips.little_endian, "byte order swapped"),
        ("addresses nobody", slips.to_nobody, "recipient differs"),
        ("never answers", slips.nothing, "Nothing came within"),
        ("answers its buffer", lambda c: (Chat(c.recipient, c.text.ljust(400, "\0")),), "zero"),
    ):
        _add(_test, _name, answering_udp(_part(_test), _slip), _says)


def _answers_from_elsewhere(part: Part) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        _, heard = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        await ctx.peer(f"udp:{part.port}#2").send(heard)
        await ctx.sleep(1.0)

    return play


_add(
    "2025-3_2",
    "answers from another socket",
    _answers_from_elsewhere(_part("2025-3_2")),
    "same socket",
)

# The special message.

for _test, _mark in (("2024-a2-t4", "TEST 4"), ("2025-4_2", "TEST 4_2")):
    for _name, _slip, _says in (
        ("echoes everything", echo, "ordinary chat came back"),
        ("echoes nothing", slips.nothing, "Nothing came within"),
        (
            "puts a word in front",
            lambda c: slips.prefixed(c) if "SPECIAL" in c.text else (),
            "more text around",
        ),
        (
            "sends the text without a frame",
            lambda c: slips.only_text(c) if "SPECIAL" in c.text else (),
            "plain text instead of a frame",
        ),
        (
            "sends only the mark",
            lambda c: (Chat(c.recipient, "SPECIAL MESSAGE"),) if "SPECIAL" in c.text else (),
            "text differs",
        ),
    ):
        _add(_test, _name, answering(_part(_test), _slip), _says)


def _echoes_the_rest(part: Part) -> Play:
    """Echoes the special message and, from then on, everything."""

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        is_open = False
        while (chat := await next_chat(ctx, server, 3.0)) is not None:
            is_open = is_open or "SPECIAL" in chat.text
            if is_open:
                await server.send(chat)

    return play


_add(
    "2025-4_2",
    "echoes what follows too",
    _echoes_the_rest(_part("2025-4_2")),
    "ordinary chat came back",
)

# Lost messages.


def _returns_once(part: Part, copies: int = 1) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is not None and not chat.text.startswith(ACKNOWLEDGED):
                for _ in range(copies if "#" in chat.text else 1):
                    await udp.send(chat)
            chat = await next_chat(ctx, udp, 30.0)

    return play


def _leave_out(digit: str) -> Callable[[Chat], Sequence[Chat]]:
    return lambda chat: () if chat.text.endswith(digit) else (chat,)


for _test in ("2024-a3-t1", "2025-5_1"):
    _add(_test, "never sends again", _returns_once(_part(_test)), "did not come again")
    _add(_test, "sends twice at once", _returns_once(_part(_test), 2), "within 0.2 s of the first")
    for _name, _slip, _says in (
        ("leaves out number 3", _leave_out("3"), "Message #3 never came back"),
        ("sends the text without a frame", slips.only_text, "plain text instead of a frame"),
        ("writes little-endian numbers", slips.little_endian, "byte order swapped"),
        ("appends a newline", slips.with_newline, "line end"),
        ("addresses nobody", slips.to_nobody, "recipient differs"),
        ("changes the case", slips.upper_case, "upper and lower case"),
        ("acknowledges instead", lambda c: (Chat(c.recipient, "ACK"),), "Return every chat"),
        ("sends its whole buffer", lambda c: (Chat(c.recipient, c.text.ljust(99, "\0")),), "zero"),
        ("never answers", slips.nothing, "never came back"),
    ):
        _add(_test, _name, reconciling(_part(_test), _slip), _says)

# Being offline.


def _ignores_notices(part: Part) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        kept: list[Chat] = []
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is None:
                for each in kept:
                    await udp.send(each)
            elif "#" in chat.text and not chat.text.startswith(ACKNOWLEDGED):
                kept.append(chat)
            chat = await next_chat(ctx, udp, 1.0)

    return play


def _forgets_when_offline(part: Part, *, keeps: int) -> Play:
    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        kept: list[Chat] = []
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is not None:
                if "now Offline" in chat.text:
                    kept = kept[len(kept) - keeps :]
                elif "now Online" in chat.text:
                    for each in kept:
                        await udp.send(each)
                elif not chat.text.startswith(ACKNOWLEDGED):
                    kept = kept if chat in kept else [*kept, chat][:8]
                    if keeps:
                        kept = kept[-8:]
            chat = await next_chat(ctx, udp, 30.0)

    return play


for _test in ("2024-a3-t2", "2025-5_2"):
    _add(_test, "sends while offline", _ignores_notices(_part(_test)), "after the Offline notice")
    for _name, _slip, _says in (
        ("leaves out number 3", _leave_out("3"), "Message #3 never came back"),
        ("sends the text without a frame", slips.only_text, "plain text instead of a frame"),
        ("appends a newline", slips.with_newline, "line end"),
        ("never answers", slips.nothing, "After the Online notice: .* never came back"),
    ):
        _add(_test, _name, reconciling(_part(_test), _slip), _says)

# Sorting.


def _sorted_by(key: Callable[[str], object]) -> Callable[[Sequence[str]], list[str]]:
    return lambda texts: sorted(dict.fromkeys(texts), key=key)  # type: ignore[arg-type]


def _rotated(texts: Sequence[str]) -> Sequence[str]:
    right = by_time(texts)
    return [*right[3:], *right[:3]]


def _swapped(texts: Sequence[str]) -> Sequence[str]:
    right = list(by_time(texts))
    right[2:4] = reversed(right[2:4])
    return right


_once = Habits(silence_s=1.0)
_every_second = Habits(silence_s=1.0, repeats=True)
for _test in ("2024-a3-t3", "2025-6_1", "2025-6_2"):
    for _name, _order, _says in (
        ("does not sort", _sorted_by(lambda _: 0), "order in which they came"),
        ("sorts backwards", lambda texts: by_time(texts)[::-1], "latest comes first"),
        ("sorts by the seconds", _sorted_by(lambda text: text[-2:]), "Only the seconds"),
        ("sorts by the end of the text", _sorted_by(lambda text: text[::-1]), "Sort by the time"),
        ("rotates the list", _rotated, "rotated"),
        ("mixes two up", _swapped, "Place 3 of your list"),
        ("leaves out the last", lambda texts: by_time(texts)[:-1], "had 7 of 8"),
        ("sends only the first", lambda texts: by_time(texts)[:1], "had 1 of 8"),
        ("sends the times alone", lambda t: [x[-8:] for x in by_time(t)], "whole text back"),
        ("sends all in one datagram", lambda t: ["\n".join(by_time(t))], "datagram of its own"),
        ("appends a newline", lambda t: [f"{x}\n" for x in by_time(t)], "back unchanged"),
        ("sends no list", lambda _: (), "No sorted list came"),
    ):
        _add(_test, _name, sorting(_part(_test, _every_second), _order), _says)
    _add(_test, "rotates, once", sorting(_part(_test, _once), _rotated), "rotated")


def _sorts_regardless(part: Part) -> Play:
    """Sends its list after each silence, whatever the notices say."""

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        texts: list[str] = []
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is None:
                for text in by_time(texts):
                    await udp.send(Chat(ctx.uid, text))
            elif "|" in chat.text:
                texts.append(chat.text)
            chat = await next_chat(ctx, udp, 1.0)

    return play


def _drops_when_offline(part: Part) -> Play:
    """Throws away what comes while offline."""

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        texts: list[str] = []
        is_online = True
        chat: Chat | None = heard
        while chat is None or verdict_in(chat.text) is None:
            if chat is None:
                for text in by_time(texts) if is_online else ():
                    await udp.send(Chat(ctx.uid, text))
            elif "|" not in chat.text:
                is_online = "Online" in chat.text
            elif is_online and chat.text not in texts[:4] and len(texts) < 4:
                texts.append(chat.text)
            chat = await next_chat(ctx, udp, 1.0)

    return play


_add("2025-6_2", "sorts while offline", _sorts_regardless(_part("2025-6_2")), "the Offline notice")
_add("2025-6_2", "drops what came offline", _drops_when_offline(_part("2025-6_2")), "had 4 of 8")

# The seed.

_add("seed-user-id", "names another id", seeding(_part("seed-user-id"), says=4321), "4321")
