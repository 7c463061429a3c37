"""PURE. What the kernel does with each packet on loopback: a client's go to its member, and back.

A *flow* is two entries, one for each direction: by whom a packet is from and to, it says from whom
to whom it really goes. Members see the door's own address for all its clients: from the clients',
their replies would look like those to somebody of this machine who speaks with them directly. The
first packet of a client (SYN) to a *door* makes them, if the client may have one more connection,
with the member of the next *slot*; ends and resets of both sides move them to *closing*, where the
longest unused give way. Whatever is not ours goes on untouched: to the relay that listens on the
door's port, if it is a client that the door does not take.

A member's refusal of a first packet is dropped and its flow forgotten: the client sends again after
a second, and is led to the next slot.
"""

import sys
from dataclasses import dataclass

from holdfast.platform.balancer.packets.code import (
    FP,
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    Code,
    Size,
)

KEY_BYTES, FLOW_BYTES, DOOR_KEY_BYTES, DOOR_BYTES, SLOT_BYTES = 16, 32, 8, 32, 8
CLIENT_KEY_BYTES, COUNT_BYTES, COUNTERS_BYTES = 8, 8, 16
MOST_SLOTS = 256
"""Slots of a door."""
SYN_SENT, ANSWERED = 0, 1
REPLY = 2
"""A bit of a flow's entry: it is that of the replies."""
ENDED = 1
"""A mark of a flow's entry: its direction has ended."""

# A flow: (the other end's address and port, state, bits, nanoseconds of the last packet or so,
# door, this end's address, marks, -).
_ADDRESS, _PORT, _STATE, _BITS, _SEEN, _DOOR, _OWN, _MARKS = 0, 4, 6, 7, 8, 16, 20, 24
# A door: (until (ns), number, first slot, slots, connections of one client, the address that
# members see, -); its counters.
_UNTIL, _NUMBER, _FIRST, _SLOTS, _MOST, _SOURCE = 0, 8, 12, 16, 20, 24
_TURN, _ACCEPTED = 0, 8
# Of one's own bytes: the packet's key, the other direction's, an entry, a client, a number.
_KEY, _OTHER, _ENTRY, _CLIENT, _SPARE = -16, -32, -64, -72, -80
# struct __sk_buff, and a packet from its Ethernet header on.
_DATA, _DATA_END = 76, 80
_TYPE, _VERSION, _FRAGMENT, _PROTOCOL, _IP_SUM, _FROM, _TO = 12, 14, 20, 23, 24, 26, 30
_FROM_PORT, _TO_PORT, _SEQUENCE, _FLAGS, _TCP_SUM, _HEADERS = 34, 36, 38, 47, 50, 54
_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10
_FIRST_FLAGS = _FIN | _SYN | _RST | _ACK
# Helpers (bpf-helpers(7)), and what the last arguments of some mean.
_LOOKUP, _UPDATE, _DELETE, _NOW, _WRITE, _FIX_IP, _FIX_TCP = 1, 2, 3, 5, 9, 10, 11
_ANY, _NEW_ONLY, _PSEUDO_HEADER = 0, 1, 0x10
_PASS, _DROP = -1, 2
_LED, _LED_MASK = (
    int.from_bytes(bytes(each), sys.byteorder) for each in ((127, 64, 0, 0), (255, 192, 0, 0))
)
"""As whom members see clients (127.64.0.0/10), as this machine reads it."""
_ABOUT_A_SECOND = 30
"""2^30 ns: how exactly the last packet's time is kept."""


@dataclass(frozen=True, slots=True)
class Maps:
    """Descriptors of the maps."""

    doors: int
    slots: int
    flows: int
    closing: int
    clients: int
    counters: int


def steering(maps: Maps) -> bytes:
    """The program for loopback's ingress, which sees both directions."""
    code = Code()
    _read(code)
    _find(code, maps)
    _begin(code, maps)
    _answer(code, maps)
    _keep(code, maps)
    _end(code, maps)
    _refuse(code, maps)
    _rewrite(code)
    code.label("drop")
    code.leave(_DROP)
    code.label("pass")
    code.leave(_PASS)
    return code.assembled()


def _ordered(number: int) -> int:
    """Two bytes of a packet as this machine reads them."""
    return int.from_bytes(number.to_bytes(2), sys.byteorder)


def _at(code: Code, register: int, offset: int) -> None:
    code.register(register, "=", FP)
    code.number(register, "+", offset)


def _look_up(code: Code, map_fd: int, key: int) -> None:
    code.map(R1, map_fd)
    _at(code, R2, key)
    code.call(_LOOKUP)


def _delete(code: Code, map_fd: int, key: int) -> None:
    code.map(R1, map_fd)
    _at(code, R2, key)
    code.call(_DELETE)


def _copy(code: Code, size: Size, to: tuple[int, int], of: tuple[int, int]) -> None:
    code.load(R4, size, *of)
    code.store(size, *to, R4)


def _name_other(code: Code, entry: int) -> None:
    """The other direction's key: the ends that the entry leads to, in the client's order."""
    _copy(code, 4, (FP, _OTHER), (entry, _OWN))
    _copy(code, 2, (FP, _OTHER + 4), (FP, _KEY + 4))
    _copy(code, 2, (FP, _OTHER + 6), (entry, _PORT))
    _copy(code, 4, (FP, _OTHER + 8), (entry, _ADDRESS))
    code.store_number(4, FP, _OTHER + 12, 0)


def _name_client(code: Code, entry: int, name: str) -> None:
    """Whom an entry counts for: the client is its key's first, or, of replies, its own end."""
    code.load(R5, 4, FP, _KEY)
    code.load(R4, 1, entry, _BITS)
    code.number(R4, "&", REPLY)
    code.when(R4, "==", 0, name)
    code.load(R5, 4, entry, _OWN)
    code.label(name)
    code.store(4, FP, _CLIENT, R5)


def _uncount(code: Code, maps: Maps, then: str) -> None:
    """The client has one less, if it is known and has any: less than none would be a great many."""
    _look_up(code, maps.clients, _CLIENT)
    code.when(R0, "==", 0, then)
    code.load(R4, 8, R0, 0)
    code.when(R4, "==", 0, then)
    code.number(R4, "=", 0)
    code.number(R4, "-", 1)
    code.add_in_place(R0, 0, R4)


def _read(code: Code) -> None:
    """Whole TCP packets over plain IPv4 only. R6: the packet, R7: TCP's flags, R8: its number; the
    key says client, client's port, the near port and address, as if it were from the client."""
    code.register(R6, "=", R1)
    code.load(R2, 4, R6, _DATA)
    code.load(R3, 4, R6, _DATA_END)
    code.register(R4, "=", R2)
    code.number(R4, "+", _HEADERS)
    code.when_register(R4, ">", R3, "pass")
    code.load(R4, 2, R2, _TYPE)
    code.when(R4, "!=", _ordered(0x0800), "pass")
    code.load(R4, 1, R2, _VERSION)
    code.when(R4, "!=", 0x45, "pass")
    code.load(R4, 1, R2, _PROTOCOL)
    code.when(R4, "!=", 6, "pass")
    code.load(R4, 2, R2, _FRAGMENT)
    code.when(R4, "&", _ordered(0x3FFF), "pass")
    code.load(R7, 1, R2, _FLAGS)
    code.load(R8, 4, R2, _SEQUENCE)
    _copy(code, 4, (FP, _KEY), (R2, _FROM))
    _copy(code, 2, (FP, _KEY + 4), (R2, _FROM_PORT))
    _copy(code, 2, (FP, _KEY + 6), (R2, _TO_PORT))
    _copy(code, 4, (FP, _KEY + 8), (R2, _TO))
    code.store_number(4, FP, _KEY + 12, 0)
    _copy(code, 4, (FP, _OTHER), (R2, _TO))
    _copy(code, 2, (FP, _OTHER + 4), (R2, _TO_PORT))
    code.store_number(2, FP, _OTHER + 6, 0)


def _find(code: Code, maps: Maps) -> None:
    """To a door: `known`, `late` or new. Else it may be a reply."""
    _look_up(code, maps.doors, _OTHER)
    code.when(R0, "==", 0, "reply")
    code.register(R9, "=", R0)
    _look_up(code, maps.flows, _KEY)
    code.when(R0, "!=", 0, "known")
    code.register(R4, "=", R7)
    code.number(R4, "&", _FIRST_FLAGS)
    code.when(R4, "==", _SYN, "new")
    _look_up(code, maps.closing, _KEY)
    code.when(R0, "!=", 0, "late")
    code.jump("pass")


def _begin(code: Code, maps: Maps) -> None:
    """A new client of the door R9, unless its lease is over or the client has too many."""
    code.label("new")
    _start_afresh(code, maps)
    code.call(_NOW)
    code.store(8, FP, _ENTRY + _SEEN, R0)
    code.load(R4, 8, R9, _UNTIL)
    code.when_register(R0, ">", R4, "pass")
    _copy(code, 4, (FP, _CLIENT), (FP, _KEY))
    _copy(code, 4, (FP, _CLIENT + 4), (R9, _NUMBER))
    _look_up(code, maps.clients, _CLIENT)
    code.when(R0, "!=", 0, "counted")
    code.store_number(8, FP, _SPARE, 0)
    code.map(R1, maps.clients)
    _at(code, R2, _CLIENT)
    _at(code, R3, _SPARE)
    code.number(R4, "=", _NEW_ONLY)
    code.call(_UPDATE)
    _look_up(code, maps.clients, _CLIENT)
    code.when(R0, "==", 0, "pass")
    code.label("counted")
    code.register(R8, "=", R0)
    code.load(R4, 8, R8, 0)
    code.load(R5, 4, R9, _MOST)
    code.when_register(R4, ">=", R5, "pass")
    _choose(code, maps)
    _insert(code, maps.flows, _KEY)
    code.when(R0, "!=", 0, "pass")
    _at(code, R5, _ENTRY)
    _name_other(code, R5)
    _copy(code, 4, (FP, _ENTRY + _ADDRESS), (FP, _KEY + 8))
    _copy(code, 2, (FP, _ENTRY + _PORT), (FP, _KEY + 6))
    _copy(code, 4, (FP, _ENTRY + _OWN), (FP, _KEY))
    code.store_number(1, FP, _ENTRY + _BITS, REPLY)
    _insert(code, maps.flows, _OTHER)
    code.when(R0, "!=", 0, "undo")  # another client of the door has this port
    code.number(R4, "=", 1)
    code.add_in_place(R8, 0, R4)
    _counters(code, maps)
    code.when(R0, "==", 0, "taken")
    code.number(R4, "=", 1)
    code.add_in_place(R0, _ACCEPTED, R4)
    code.label("taken")
    _look_up(code, maps.flows, _KEY)
    code.when(R0, "!=", 0, "late")
    code.jump("pass")
    code.label("undo")
    _delete(code, maps.flows, _KEY)
    code.jump("pass")


def _start_afresh(code: Code, maps: Maps) -> None:
    """What the client's port had before is over: else, if the relay takes it now, all but its first
    packet would go there. Whom another balancer leads here goes on as it is: led twice, its
    member's replies would not find the way back."""
    _delete(code, maps.closing, _KEY)
    code.load(R4, 4, FP, _KEY)
    code.number(R4, "&", _LED_MASK)
    code.when(R4, "==", _LED, "pass")


def _choose(code: Code, maps: Maps) -> None:
    """An entry for a new client, with the member of the next slot of the door R9."""
    code.load(R5, 4, R9, _SLOTS)
    code.when(R5, "==", 0, "pass")
    _counters(code, maps)
    code.when(R0, "==", 0, "pass")
    code.number(R4, "=", 1)
    code.add_in_place(R0, _TURN, R4, fetch=True)
    code.load(R5, 4, R9, _SLOTS)
    code.register(R4, "%", R5)
    code.load(R5, 4, R9, _FIRST)
    code.register(R4, "+", R5)
    code.store(4, FP, _SPARE, R4)
    _look_up(code, maps.slots, _SPARE)
    code.when(R0, "==", 0, "pass")
    _copy(code, 4, (FP, _ENTRY + _ADDRESS), (R0, 0))
    _copy(code, 2, (FP, _ENTRY + _PORT), (R0, 4))
    code.store_number(1, FP, _ENTRY + _STATE, SYN_SENT)
    code.store_number(1, FP, _ENTRY + _BITS, 0)
    _copy(code, 4, (FP, _ENTRY + _DOOR), (R9, _NUMBER))
    _copy(code, 4, (FP, _ENTRY + _OWN), (R9, _SOURCE))
    code.store_number(8, FP, _ENTRY + _MARKS, 0)


def _counters(code: Code, maps: Maps) -> None:
    """R0: the counters of the door R9."""
    _copy(code, 4, (FP, _SPARE), (R9, _NUMBER))
    _look_up(code, maps.counters, _SPARE)


def _insert(code: Code, map_fd: int, key: int) -> None:
    code.map(R1, map_fd)
    _at(code, R2, key)
    _at(code, R3, _ENTRY)
    code.number(R4, "=", _NEW_ONLY)
    code.call(_UPDATE)


def _answer(code: Code, maps: Maps) -> None:
    """Perhaps a reply: then its key is that of the client it goes to."""
    code.label("reply")
    for here, there, size in ((_KEY, _KEY + 8, 4), (_KEY + 4, _KEY + 6, 2)):
        narrow: Size = 4 if size == 4 else 2
        code.load(R4, narrow, FP, here)
        code.load(R5, narrow, FP, there)
        code.store(narrow, FP, here, R5)
        code.store(narrow, FP, there, R4)
    _look_up(code, maps.flows, _KEY)
    code.when(R0, "!=", 0, "from_member")
    _look_up(code, maps.closing, _KEY)
    code.when(R0, "==", 0, "pass")
    code.load(R4, 1, R0, _BITS)
    code.when(R4, "&", REPLY, "late")
    code.jump("pass")
    code.label("from_member")
    code.load(R4, 1, R0, _BITS)
    code.when(R4, "&", REPLY, "is_reply")
    code.jump("pass")
    code.label("is_reply")
    code.load(R4, 1, R0, _STATE)
    code.when(R4, "!=", SYN_SENT, "keep")
    code.register(R4, "=", R7)
    code.number(R4, "&", _FIRST_FLAGS)
    code.when(R4, "!=", _RST | _ACK, "accepts")
    code.when(R8, "==", 0, "refusal")
    code.label("accepts")
    code.store_number(1, R0, _STATE, ANSWERED)
    code.jump("keep")


def _keep(code: Code, maps: Maps) -> None:
    """Of the entry R0: note the time, and an end."""
    code.label("known")
    code.load(R4, 1, R0, _BITS)
    code.when(R4, "&", REPLY, "pass")
    code.when(R7, "&", _SYN, "keep")
    code.store_number(1, R0, _STATE, ANSWERED)
    code.label("keep")
    code.register(R8, "=", R0)
    code.call(_NOW)
    code.load(R4, 8, R8, _SEEN)
    code.register(R5, "=", R0)
    code.register(R5, "-", R4)
    code.number(R5, ">>", _ABOUT_A_SECOND)
    code.when(R5, "==", 0, "recent")
    code.store(8, R8, _SEEN, R0)
    code.label("recent")
    code.when(R7, "&", _FIN | _RST, "ends")
    code.jump("rewrite")


def _end(code: Code, maps: Maps) -> None:
    """A side has ended, or both: then the flow is closing, and its client has one less."""
    code.label("ends")
    code.number(R4, "=", ENDED)
    code.mark(R8, _MARKS, R4)
    _name_other(code, R8)
    _look_up(code, maps.flows, _OTHER)
    code.when(R0, "==", 0, "rewrite")
    code.register(R9, "=", R0)
    code.when(R7, "&", _RST, "over")
    code.load(R4, 4, R9, _MARKS)
    code.when(R4, "&", ENDED, "over")
    code.jump("rewrite")
    code.label("over")
    for key, entry in ((_KEY, R8), (_OTHER, R9)):
        code.map(R1, maps.closing)
        _at(code, R2, key)
        code.register(R3, "=", entry)
        code.number(R4, "=", _ANY)
        code.call(_UPDATE)
    # The entry may be another flow's as soon as it is deleted.
    _copy(code, 4, (FP, _ENTRY + _ADDRESS), (R8, _ADDRESS))
    _copy(code, 2, (FP, _ENTRY + _PORT), (R8, _PORT))
    _copy(code, 1, (FP, _ENTRY + _BITS), (R8, _BITS))
    _copy(code, 4, (FP, _ENTRY + _OWN), (R8, _OWN))
    _copy(code, 4, (FP, _CLIENT + 4), (R8, _DOOR))
    _name_client(code, R8, "whose")
    _forget(code, maps)
    code.when(R0, "!=", 0, "counted_out")  # the other side's last packet was first
    _uncount(code, maps, "counted_out")
    code.label("counted_out")
    code.jump("leads")


def _forget(code: Code, maps: Maps) -> None:
    """Delete both directions. R0 says whether the client's, the second, was still there: of two
    last packets at once only one finds it so, from whichever side they are."""
    code.load(R4, 1, FP, _ENTRY + _BITS)
    code.when(R4, "&", REPLY, "back")
    _delete(code, maps.flows, _OTHER)
    _delete(code, maps.flows, _KEY)
    code.jump("forgotten")
    code.label("back")
    _delete(code, maps.flows, _KEY)
    _delete(code, maps.flows, _OTHER)
    code.label("forgotten")


def _refuse(code: Code, maps: Maps) -> None:
    code.label("refusal")
    _copy(code, 4, (FP, _CLIENT), (R0, _OWN))
    _copy(code, 4, (FP, _CLIENT + 4), (R0, _DOOR))
    _name_other(code, R0)
    _delete(code, maps.flows, _KEY)
    _delete(code, maps.flows, _OTHER)
    code.when(R0, "!=", 0, "drop")  # as in `_forget`
    _uncount(code, maps, "drop")
    code.jump("drop")


def _rewrite(code: Code) -> None:
    """Have the packet go where its entry leads, both ends of it; the checksums follow. From here on
    R8 is 0 on the way to a member, and something else on the way back."""
    code.label("late")
    code.register(R8, "=", R0)
    code.label("rewrite")
    for offset, size in ((_ADDRESS, 4), (_PORT, 2), (_BITS, 1), (_OWN, 4)):
        narrow: Size = 4 if size == 4 else 2 if size == 2 else 1
        _copy(code, narrow, (FP, _ENTRY + offset), (R8, offset))
    code.label("leads")
    code.load(R8, 1, FP, _ENTRY + _BITS)
    code.number(R8, "&", REPLY)
    _write_host(code, "there", _KEY + 8, _ENTRY + _ADDRESS, (_TO, _FROM))
    _write_host(code, "here", _KEY, _ENTRY + _OWN, (_FROM, _TO))
    code.load(R3, 2, FP, _KEY + 6)
    code.load(R9, 2, FP, _ENTRY + _PORT)
    _fix(code, _FIX_TCP, _TCP_SUM, 2)
    _write(code, "port", (_TO_PORT, _FROM_PORT), _ENTRY + _PORT, 2)
    code.jump("pass")


def _write_host(code: Code, name: str, before: int, after: int, places: tuple[int, int]) -> None:
    """One end's address, if it changes."""
    code.load(R3, 4, FP, before)
    code.load(R9, 4, FP, after)
    code.when_register(R3, "==", R9, f"{name}_as_before")
    _fix(code, _FIX_TCP, _TCP_SUM, 4 | _PSEUDO_HEADER)
    code.load(R3, 4, FP, before)
    _fix(code, _FIX_IP, _IP_SUM, 4)
    _write(code, name, places, after, 4)
    code.label(f"{name}_as_before")


def _fix(code: Code, helper: int, place: int, bits: int) -> None:
    """A checksum, for R3 that has become R9."""
    code.register(R1, "=", R6)
    code.number(R2, "=", place)
    code.register(R4, "=", R9)
    code.number(R5, "=", bits)
    code.call(helper)


def _write(code: Code, name: str, places: tuple[int, int], of: int, size: int) -> None:
    """Into the packet: at the first place on the way to a member, at the second on the way back."""
    code.number(R2, "=", places[0])
    code.when(R8, "==", 0, name)
    code.number(R2, "=", places[1])
    code.label(name)
    code.register(R1, "=", R6)
    _at(code, R3, of)
    code.number(R4, "=", size)
    code.number(R5, "=", 0)
    code.call(_WRITE)
