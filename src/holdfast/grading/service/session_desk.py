"""What a frame means when its turn has come: registrations, triggers, and everything else.

No I/O. The desk serves one frame at a time: while the store is asked about it, `is_busy`, and the
next one waits. Every refusal is told to the client, and those worth knowing are reported.
"""

from dataclasses import dataclass
from typing import assert_never

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import Incident
from holdfast.grading.domain.events import Overheard
from holdfast.grading.domain.lease import Granted, Registration, TooSoon
from holdfast.grading.domain.roster import MAX_USER_ID, Known, NotClaimed, UnknownUser, UserId
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.trigger_table import Elsewhere, Match, Misaddressed, Starts
from holdfast.grading.service import session_texts as texts
from holdfast.grading.service.ledger_calls import Identify, LeasesFrom, Report, Result
from holdfast.grading.service.ledger_calls import Register as RegisterCall
from holdfast.grading.service.session_attempts import PEER, Attempts
from holdfast.grading.service.session_exchange import (
    AskOutcome,
    Exchange,
    Identifying,
    Locating,
    Registering,
    Reporting,
)
from holdfast.grading.service.session_origin import Origin
from holdfast.grading.service.session_place import Channel, Place
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wire.message import EncodeError, Message

LOOK_AGAIN_S = 0.2
"""Distance of two looks for a lease that a datagram may have overtaken."""


@dataclass(slots=True)
class _Unlocated:
    """A datagram's trigger from an address without a lease: its registration came over TCP, which
    has no order with UDP, so it may be under way still."""

    scenario: Scenario
    frame: Frame
    until: float
    again_at: float | None = None


class Desk:
    """Mutable; one for each session."""

    __slots__ = (
        "_attempts",
        "_channel",
        "_errors",
        "_exchange",
        "_grace_s",
        "_incidents",
        "_origin",
        "_place",
        "_unlocated",
        "is_busy",
        "uid",
    )

    def __init__(
        self,
        place: Place,
        origin: Origin,
        channel: Channel,
        exchange: Exchange,
        attempts: Attempts,
    ) -> None:
        self._place = place
        self._origin = origin
        self._channel = channel
        self._exchange = exchange
        self._attempts = attempts
        limits = place.limits
        self._errors = limits.errors if channel.transport == "tcp" else limits.datagram_errors
        self._incidents = limits.incidents
        self.is_busy = False
        """True while the frame at the desk waits for the store."""
        self.uid: UserId | None = None
        """Whom the peer last spoke for, as far as the store knows them."""
        self._unlocated: _Unlocated | None = None
        self._grace_s = place.rules.lease_grace_s

    @property
    def looks_again_at(self) -> float | None:
        """When the store is asked once more whose lease a datagram's address has."""
        return None if self._unlocated is None else self._unlocated.again_at

    def look_again(self) -> None:
        """Ask once more; the trigger stays at the desk meanwhile."""
        if self._unlocated is not None:
            self._unlocated.again_at = None
            self._locate(self._unlocated.scenario, self._unlocated.frame)

    def serve(self, frame: Frame, match: Match | None, arrived: float, now: float) -> None:
        """Do what the frame asks for. `match`: what its chat starts."""
        message = frame.message
        match message:
            case Register():
                self._register(frame, message, arrived, now)
            case Chat():
                self._chat(frame, message, match, now)
            case Registered() | ErrorReply() if self._channel.is_seed:
                is_error = isinstance(message, ErrorReply)
                self.refuse(
                    texts.wrong_type("ERROR_RESPONSE" if is_error else "REGISTER_RESPONSE"), now
                )
            case _:
                pass  # on the course's ports only running tests care

    def answered(
        self,
        purpose: Registering | Locating | Identifying,
        outcome: AskOutcome,
        now: float,
    ) -> None:
        """The store has answered for the frame at the desk."""
        self.is_busy = False
        if isinstance(outcome, DefiniteError | IndefiniteError):
            self._unlocated = None
            self.refuse(texts.STORE_AWAY, now, incident=("store away", str(outcome), None))
            return
        match purpose:
            case Registering(frame=frame, not_before=not_before):
                self._registered(frame, outcome, not_before, now)
            case Locating(scenario=scenario, frame=frame):
                self._located(scenario, frame, outcome, now)
            case Identifying(scenario=scenario, frame=frame):
                self._identified(scenario, frame, outcome, now)

    def refuse(
        self,
        text: str,
        now: float,
        *,
        not_before: float = 0.0,
        incident: tuple[str, str, int | None] | None = None,
        raw: bytes = b"",
    ) -> None:
        """Tell the client why not; report it as `incident` (kind, detail, user id) if given."""
        if incident is not None and self._incidents > 0:
            self._incidents -= 1
            self._report(incident, raw, now)
        if self._errors > 0:
            self._errors -= 1
            self.reply(ErrorReply(texts.bounded(text)), now, not_before)

    def reply(self, message: Message, now: float, not_before: float = 0.0) -> None:
        """Send a frame of our own; running tests overhear it."""
        raw = COURSE.encode(message)
        self._exchange.send(raw, now, not_before)
        self._attempts.tell(Overheard(PEER, Frame(message, raw), incoming=False), now)

    # Registrations.

    def _register(self, frame: Frame, message: Register, arrived: float, now: float) -> None:
        self._attempts.tell(Overheard(PEER, frame, incoming=True), now)
        uid = message.user_id
        if not 0 <= uid <= MAX_USER_ID:
            self._refuse_unknown(uid, now, frame)
            return
        registration = Registration(UserId(uid), self._channel.source, self._origin.new_id())
        not_before = arrived + self._place.rules.register_hold_s
        self._ask(RegisterCall(registration), Registering(frame, not_before))

    def _registered(self, frame: Frame, outcome: Result, not_before: float, now: float) -> None:
        match outcome:
            case Granted(lease=lease):
                self.uid = lease.uid
                self.reply(Registered(), now, not_before)
            case TooSoon(wait_s=wait_s, lease=lease):
                self.uid = lease.uid
                if self._channel.is_seed:
                    self.reply(Registered(), now, not_before)
                else:
                    self.refuse(texts.too_soon(wait_s), now, not_before=not_before)
            case UnknownUser(uid=uid):
                self._refuse_unknown(uid, now, frame)
            case NotClaimed(uid=uid):
                self._refuse_not_claimed(uid, now)
            case _:
                self._refuse_nonsense(outcome, now)

    # Chats: triggers, and those that nobody expects.

    def _chat(self, frame: Frame, chat: Chat, match: Match | None, now: float) -> None:
        match match:
            case Starts(scenario=scenario):
                self._want(scenario, frame, chat, now)
            case _ if self._channel.is_seed:
                self._acknowledge(frame, chat, now)
            case Elsewhere(scenario=scenario):
                channel, offset = self._channel, self._place.port_offset
                text = texts.elsewhere(scenario, channel.transport, channel.port, offset)
                self._refuse_trigger("wrong port", text, frame, chat, now)
            case Misaddressed(scenario=scenario):
                text = texts.misaddressed(scenario, chat.recipient)
                self._refuse_trigger("wrong recipient", text, frame, chat, now)
            case None:
                self._wonder(frame, chat, now)
            case _:
                assert_never(match)

    def _wonder(self, frame: Frame, chat: Chat, now: float) -> None:
        """On the course's ports chats that no test expects are ignored, unless one is meant."""
        if self._attempts.running or not self._origin.may_explain(now):
            return
        scenario = self._place.triggers.nearest(chat.text)
        if scenario is not None:
            text = texts.misspelt(scenario, chat.text, frame.suspicion)
            self._refuse_trigger("misspelt trigger", text, frame, chat, now)

    def _acknowledge(self, frame: Frame, chat: Chat, now: float) -> None:
        if not 0 <= chat.recipient <= MAX_USER_ID:
            self._refuse_unknown(chat.recipient, now, frame)
            return
        try:
            self.reply(Chat(chat.recipient, f"ACK: {chat.text}"), now)
        except EncodeError:
            self.refuse(texts.TOO_LONG, now)

    def _want(self, scenario: Scenario, frame: Frame, chat: Chat, now: float) -> None:
        limits = self._place.limits
        if self._attempts.is_running(scenario.id):
            return  # a repeated trigger starts nothing
        if self._origin.is_draining():
            self.refuse(texts.DRAINING, now)
        elif self._attempts.last_number >= limits.attempts:
            self.refuse(texts.TOO_MANY_ATTEMPTS, now)
        elif self._attempts.running >= limits.running:
            self.refuse(texts.TOO_MANY_RUNNING, now)
        elif scenario.trigger is not None and scenario.trigger.recipient is not None:
            self._unlocated = _Unlocated(scenario, frame, now + self._grace_s)
            self._locate(scenario, frame)
        elif 0 <= chat.recipient <= MAX_USER_ID:
            self._identify(scenario, frame, UserId(chat.recipient))
        else:
            self._refuse_unknown(chat.recipient, now, frame)

    def _locate(self, scenario: Scenario, frame: Frame) -> None:
        self._ask(LeasesFrom(self._channel.source.host), Locating(scenario, frame))

    def _located(self, scenario: Scenario, frame: Frame, outcome: Result, now: float) -> None:
        waiting = self._unlocated
        if outcome == () and waiting is not None and now < waiting.until:
            waiting.again_at = min(now + LOOK_AGAIN_S, waiting.until)
            self.is_busy = True
            return
        self._unlocated = None
        self._grace_s = 0.0  # whoever waited in vain once, or was found, has no lease under way
        if not isinstance(outcome, tuple):
            self._refuse_nonsense(outcome, now)
            return
        users = dict.fromkeys(lease.uid for lease in outcome)
        host = self._channel.source.host
        if not users:
            detail = f"{scenario.id} from an address without a lease"
            self.refuse(texts.no_lease_here(host), now, incident=("no lease", detail, None))
        elif len(users) > 1 and self._place.rules.shared_address == "refuse":
            detail = f"{scenario.id} from an address with leases of {len(users)} students"
            text = texts.shared_address(host, len(users))
            self.refuse(text, now, incident=("shared address", detail, None))
        else:
            self._identify(scenario, frame, next(iter(users)))

    def _identify(self, scenario: Scenario, frame: Frame, uid: UserId) -> None:
        self._ask(Identify(uid, self._channel.source), Identifying(scenario, frame))

    def _identified(self, scenario: Scenario, frame: Frame, outcome: Result, now: float) -> None:
        match outcome:
            case Known(user=user):
                self.uid = user.uid
                if self._origin.is_draining():
                    self.refuse(texts.DRAINING, now)
                elif self._origin.admits(user.uid):
                    self._attempts.start(scenario, user.uid, frame, now)
                else:
                    detail = f"{scenario.id}: too many attempts at once"
                    incident = ("refused", detail, user.uid)
                    self.refuse(texts.TOO_MANY_RUNNING, now, incident=incident)
            case UnknownUser(uid=uid):
                self._refuse_unknown(uid, now, frame)
            case NotClaimed(uid=uid):
                self._refuse_not_claimed(uid, now)
            case _:
                self._refuse_nonsense(outcome, now)

    # Refusals.

    def _refuse_trigger(self, kind: str, text: str, frame: Frame, chat: Chat, now: float) -> None:
        uid = chat.recipient if 0 <= chat.recipient <= MAX_USER_ID else None
        self.refuse(text, now, incident=(kind, text, uid), raw=frame.raw)

    def _refuse_unknown(self, uid: int, now: float, frame: Frame) -> None:
        text = texts.unknown_user(uid, frame.suspicion)
        self.refuse(text, now, incident=("unknown user", text, uid), raw=frame.raw)

    def _refuse_not_claimed(self, uid: int, now: float) -> None:
        text = texts.not_claimed(uid)
        self.refuse(text, now, incident=("not claimed", text, uid))

    def _refuse_nonsense(self, outcome: Result, now: float) -> None:
        detail = f"the store answered {type(outcome).__name__}"
        self.refuse(texts.STORE_AWAY, now, incident=("store away", detail, None))

    def _ask(
        self,
        call: RegisterCall | LeasesFrom | Identify,
        purpose: Registering | Locating | Identifying,
    ) -> None:
        self.is_busy = True
        self._exchange.ask(call, purpose)

    def _report(self, what: tuple[str, str, int | None], raw: bytes, now: float) -> None:
        kind, detail, uid = what
        incident = Incident(
            happened_at=self._origin.wall(now),
            kind=kind,
            detail=detail,
            source=self._channel.source,
            node=self._place.node,
            listener_port=self._channel.port,
            uid=uid,
            raw=raw[:512],
        )
        self._exchange.ask(Report(incident), Reporting())
