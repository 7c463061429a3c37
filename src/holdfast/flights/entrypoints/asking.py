"""Who asks, for a search: the owner of the token, and the viewer behind it."""

from holdfast.flights.entrypoints.http.operation import Call
from holdfast.flights.service.search_offers import Asker, First


def asker_of(call: Call) -> Asker:
    """The asker of a call of an operation that `knows_viewer`."""
    caller, viewer = call.caller, call.viewer
    assert viewer is not None, "the operation knows its viewer"
    first = None
    if viewer.first is not None and viewer.since is not None:
        first = First(viewer.first, viewer.since)
    return Asker(caller.owner, viewer.id, caller.live_mode, first)
