"""The law of acts: what somebody decided over the API is in the audit log, with who and from where.

It is written after it was done, so that the log never tells of what did not happen; whoever cannot
be told that it is written is told that the server failed, and can ask again.
"""

from dataclasses import dataclass

from holdfast.flights.domain.owners import PERSON
from holdfast.flights.entrypoints.http.clients import Clients
from holdfast.flights.entrypoints.http.operation import Call
from holdfast.flights.service.ports.access import Caller
from holdfast.platform.auth.audit import Act, Entry, Origin
from holdfast.platform.auth.ports import Acts

_SHOWN_ID = 12
"""Characters of a token's id: enough to find it in a list."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Writes down who did what. `acts` is None where there is no audit log."""

    acts: Acts | None
    clients: Clients

    async def record(self, call: Call, act: Act, target: str, detail: str = "") -> None:
        """Write that the caller did it."""
        if self.acts is None:
            return
        origin = Origin(call.caller.host or self.clients.host_of(call.asked), call.request_id)
        who = who_of(call.caller)
        await self.acts.record(Entry(call.clock.wall(), who, act, target, detail, origin))


def who_of(caller: Caller) -> str:
    """An account's name, or whose access token it was."""
    if caller.token_id.startswith(PERSON):
        return caller.token_id.removeprefix(PERSON)
    return f"{caller.owner} (access token {caller.token_id[:_SHOWN_ID]})"
