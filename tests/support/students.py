"""How programs of real students behave, written down anew from what they do on the wire.

None of them is tidy: they count instead of reading numbers, echo before they look, never forget
what is acknowledged, act only on a datagram. The course passed them, so the checks must.
"""

from holdfast.grading.domain.reference.clients import SERVER, Part
from holdfast.grading.domain.reference.greeting import (
    greet,
    next_chat,
    register_request,
    trigger_chat,
)
from holdfast.grading.domain.reference.habits import Greeting, Habits
from holdfast.grading.domain.scenario import Context, Peer, Play
from holdfast.grading.domain.templates import ANYTHING, like
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply
from holdfast.grading.wire.message import Message

ACK = "Acknowledged message: "
FOREVER_S = 100.0
DIGIT_IN_DATAGRAM = 53
"""Header, then the acknowledgement's prefix, then index 21 of the text."""


async def _begin(ctx: Context, server: Peer, part: Part) -> Peer:
    await server.send(register_request(ctx))
    udp = ctx.peer(f"udp:{part.port}")
    await udp.send(trigger_chat(ctx, part.trigger))
    return udp


async def _next(ctx: Context, udp: Peer) -> Chat:
    chat = await next_chat(ctx, udp, FOREVER_S)
    assert chat is not None
    return chat


def counts_and_echoes_everything(part: Part) -> Play:
    """Lost messages: echoes every datagram, even acknowledgements; keeps chats by counting them."""

    async def play(ctx: Context, server: Peer) -> None:
        udp = await _begin(ctx, server, part)
        kept: dict[int, Chat] = {}
        count = 0
        while True:
            chat = await _next(ctx, udp)
            if f"{part.trigger.text} SUCCESSFULLY PASSED" in chat.text:
                return
            await udp.send(chat)
            if chat.text.startswith("Test 1"):
                count += 1
                kept[count] = chat
            if chat.text.startswith(ACK):
                raw = COURSE.encode(chat)
                kept.pop(int(raw[DIGIT_IN_DATAGRAM : DIGIT_IN_DATAGRAM + 1]), None)
            for each in kept.values():
                await udp.send(each)

    return play


def looks_only_at_the_next_datagram(part: Part) -> Play:
    """Being offline: the datagram after the Offline notice must be the Online notice, else it gives
    up; afterwards it acts only when a datagram comes."""

    async def play(ctx: Context, server: Peer) -> None:
        udp = await _begin(ctx, server, part)
        kept: dict[int, Chat] = {}
        while True:
            chat = await _next(ctx, udp)
            if "User is now Offline and cannot receive messages." in chat.text:
                break
            await udp.send(chat)
            kept[len(kept) + 1] = chat
        chat = await _next(ctx, udp)
        if "User is now Online and can receive messages" not in chat.text:
            return
        while True:
            chat = await _next(ctx, udp)
            if part.trigger.text in chat.text:
                return
            if chat.text.startswith(ACK):
                raw = COURSE.encode(chat)
                kept.pop(int(raw[DIGIT_IN_DATAGRAM : DIGIT_IN_DATAGRAM + 1]), None)
            for each in kept.values():
                await udp.send(each)

    return play


def numbers_anew_and_sends_once(part: Part) -> Play:
    """Sorting: keeps only the times, sorts them, numbers them 1, 2, 3, sends them once."""

    async def play(ctx: Context, server: Peer) -> None:
        udp = await _begin(ctx, server, part)
        times: list[str] = []
        while (chat := await next_chat(ctx, udp, 2.0)) is not None:
            pieces = chat.text.split("|", 2)
            if len(pieces) == 3:
                times.append(pieces[2])
        for number, time in enumerate(sorted(times), 1):
            await udp.send(Chat(ctx.uid, f"{number}|Message {number}|{time}"))
        await _next(ctx, udp)

    return play


def never_forgets(part: Part) -> Play:
    """Lost messages: sends all it ever got after 500 ms of silence, acknowledged or not."""

    async def play(ctx: Context, server: Peer) -> None:
        udp = await _begin(ctx, server, part)
        kept: dict[str, Chat] = {}
        while True:
            chat = await next_chat(ctx, udp, 0.5)
            if chat is None:
                for each in kept.values():
                    await udp.send(each)
            elif "SUCCESSFULLY PASSED" in chat.text:
                return
            elif ACK.rstrip() in chat.text:
                kept.pop(chat.text, None)  # with the prefix: never there
            else:
                kept[chat.text] = chat

    return play


def sends_only_after_a_second(part: Part) -> Play:
    """Being offline: never returns at once; after a second of silence, or the Online notice."""

    async def play(ctx: Context, server: Peer) -> None:
        udp = await _begin(ctx, server, part)
        kept: dict[str, Chat] = {}
        is_online = True
        while True:
            chat = await next_chat(ctx, udp, 1.0)
            text = "" if chat is None else chat.text
            if "SUCCESSFULLY PASSED" in text:
                return
            if "now Offline" in text:
                is_online = False
            elif "now Online" in text or (chat is None and is_online):
                is_online = True
                for each in kept.values():
                    await udp.send(each)
            elif text.startswith(ACK):
                kept.pop(text.removeprefix(ACK), None)
            elif chat is not None:
                kept[text] = chat

    return play


def sorts_minutes_and_seconds(part: Part) -> Play:
    """Sorting: every second the whole list, sorted by minute and second; keeps duplicates."""

    async def play(ctx: Context, server: Peer) -> None:
        udp = await _begin(ctx, server, part)
        kept: list[str] = []
        is_online = True
        while True:
            chat = await next_chat(ctx, udp, 1.0)
            if chat is None:
                kept.sort(key=lambda text: [int(piece) for piece in text.split(":")[1:]])
                for text in kept if is_online else ():
                    await udp.send(Chat(ctx.uid, text))
            elif "SUCCESSFULLY PASSED" in chat.text or "FAILED" in chat.text:
                return
            elif "Online" in chat.text:
                is_online = True
            elif "Offline" in chat.text:
                is_online = False
            else:
                kept.append(chat.text)

    return play


def answers_one_timestamp(part: Part) -> Play:
    """UDP echo: a junk address in its registration, one answer with the own id, then it closes."""

    async def play(ctx: Context, server: Peer) -> None:
        udp = await _begin(ctx, server, part)
        chat = await _next(ctx, udp)
        await udp.send(Chat(trigger_chat(ctx, part.trigger).recipient, chat.text))

    return play


def keeps_its_trigger_in_the_buffer(part: Part) -> Play:
    """Renewing: never flushes the trigger, so it leaves with the first renewal, 3 minutes later;
    renews every 3 minutes and hangs up after 20."""

    async def play(ctx: Context, server: Peer) -> None:
        minute_s = 60.0 * ctx.rules.time_scale
        await server.send(register_request(ctx))
        await ctx.sleep(3 * minute_s)
        renewal = COURSE.encode(register_request(ctx))
        await server.send(COURSE.encode(trigger_chat(ctx, part.trigger)) + renewal)
        for _ in range(5):
            await ctx.sleep(3 * minute_s)
            await server.send(register_request(ctx))
        await ctx.sleep(2 * minute_s)

    return play


def hangs_up_after_its_echo(part: Part, mark: str) -> Play:
    """The special message: echoed, then the program ends."""

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, Habits(greeting=Greeting.HASTY))
        while True:
            chat = await server.until(like(Chat), within=FOREVER_S)
            if mark in chat.text:
                await server.send(chat)
                return

    return play


def handles_all_of_assignment_1(part: Part) -> Play:
    """All four tests on one connection, in order, with one reader; echoes what is not too long."""

    async def play(ctx: Context, server: Peer) -> None:
        await server.send(register_request(ctx))
        await server.send(Chat(ctx.uid, "TEST 1 USER ID CORRECTNESS"))
        await server.send(Chat(ctx.uid, "TEST 2 OUT OF BAND PROTOCOL MESSAGE"))
        await server.send(await server.until(like(Chat), within=FOREVER_S))
        await server.send(Chat(ctx.uid, "TEST 3 EXCEEDING MAX MESSAGE LENGTH"))
        chat = await server.until(like(Chat), within=FOREVER_S)
        await server.send(Chat(ctx.uid, str(2 * len(chat.text) - 4000)))
        await server.send(Chat(ctx.uid, "TEST 4 HANDLING ERROR MESSAGE"))
        await server.expect(like(ErrorReply), within=FOREVER_S)
        await server.send(await server.until(like(Chat), within=FOREVER_S))

    return play


def echoes_whatever_comes(part: Part) -> Play:
    """A program with one line: what is a chat goes back. Verdicts too."""

    async def play(ctx: Context, server: Peer) -> None:
        if part.port:
            peer = await _begin(ctx, server, part)
        else:
            peer = ctx.peer(SERVER)
            await greet(ctx, server, part.trigger, Habits(greeting=Greeting.HASTY))
        while ctx.now < FOREVER_S:
            message: Message = await peer.until(ANYTHING, within=FOREVER_S)
            if isinstance(message, Chat):
                await peer.send(message)

    return play
