"""Which test a chat starts, and whether it may start here.

PURE. A trigger counts only when it equals a chat exactly: clients echo chats, and a verdict that
merely contained a trigger would start its test again and again. Any TCP course port serves every
TCP course test; UDP tests belong to their ports; the seed's port serves only what names it. A chat
that is nearly a trigger starts nothing either, but its author wants to hear which one was meant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Scenario, Transport
from holdfast.grading.wire.course import Chat

SEED_PORT = 8080
"""The public port of the seed's own prototype test: unknown chats are acknowledged there."""

MOST_LETTERS = 120
"""Longer texts are nobody's trigger; the longest has 52 characters."""
ALIKE = 0.9
"""Share of letters that a misspelt trigger has in common with the right one."""
MOST_ADDED = 2
"""So many letters may follow a trigger by mistake; more is a verdict that came back."""


@dataclass(frozen=True, slots=True)
class Starts:
    """The chat starts this test here."""

    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The chat would start this test, but not on this transport or port."""

    scenario: Scenario


@dataclass(frozen=True, slots=True)
class Misaddressed:
    """The text is a trigger, but the chat must go to another recipient."""

    scenario: Scenario


Match = Starts | Elsewhere | Misaddressed


class TriggerTable:
    """All triggers of a catalogue, looked up in constant time but for the few prefix ones."""

    __slots__ = ("_exact", "_prefixed")

    def __init__(self, catalogue: Mapping[TestId, Scenario]) -> None:
        self._exact: dict[str, list[Scenario]] = {}
        self._prefixed: list[Scenario] = []
        for scenario in catalogue.values():
            trigger = scenario.trigger
            if trigger is None:
                continue
            if trigger.prefix:
                self._prefixed.append(scenario)
            else:
                self._exact.setdefault(trigger.text, []).append(scenario)

    def find(self, chat: Chat, transport: Transport, port: int) -> Match | None:
        """What the chat starts on this public port; None if it is no trigger at all."""
        found = self._exact.get(chat.text)
        if found is None:
            found = [each for each in self._prefixed if _begins(each, chat.text)]
        if not found:
            return None
        meant = [each for each in found if each.trigger and each.trigger.matches(chat)]
        if not meant:
            return Misaddressed(found[0])
        here = next((each for each in meant if _serves(each, transport, port)), None)
        return Elsewhere(meant[0]) if here is None else Starts(here)

    def nearest(self, text: str) -> Scenario | None:
        """The test whose trigger is probably meant by a chat that starts nothing.

        Takes up to a millisecond: not for every chat.
        """
        said = _letters(text[: 4 * MOST_LETTERS])
        if not said or len(said) > MOST_LETTERS:
            return None
        nearest, most = None, ALIKE
        for trigger, scenarios in self._exact.items():
            wanted = _letters(trigger)
            if wanted in said and len(said) - len(wanted) > MOST_ADDED:
                return None
            compared = SequenceMatcher(None, wanted, said, autojunk=False)
            # Two quick upper bounds first: most chats are far from every trigger.
            if compared.real_quick_ratio() >= most and compared.quick_ratio() >= most:
                likeness = compared.ratio()
                if likeness >= most:
                    nearest, most = scenarios[0], likeness
        return nearest


def _letters(text: str) -> str:
    """What remains of a text without cases, spaces, line ends, zero bytes and signs."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _begins(scenario: Scenario, text: str) -> bool:
    return scenario.trigger is not None and text.startswith(scenario.trigger.text)


def _serves(scenario: Scenario, transport: Transport, port: int) -> bool:
    if scenario.transport != transport:
        return False
    if transport == "udp" or port == SEED_PORT or SEED_PORT in scenario.ports:
        return port in scenario.ports
    return True
