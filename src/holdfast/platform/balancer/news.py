"""What membership found out, told to the log: who came, went, fell silent or changed its mind."""

from holdfast.platform.membership.detector import LEFT, Change, Gone, Member
from holdfast.platform.runtime.logs import Log

_log = Log("balancer")


def log_change(change: Change) -> None:
    """One line for what an operator wants to have seen; none for an ordinary beat."""
    member = change.member
    if isinstance(change, Gone):
        tell = _log.info if change.why == LEFT else _log.warning
        tell("member_gone", node=member.node, why=change.why)
        return
    before = change.before
    if before is None or before.incarnation != member.incarnation:
        event = "member_joined" if before is None else "member_restarted"
        _log.info(event, node=member.node, services=_addresses(member))
    elif before.suspect != member.suspect:
        event = "member_suspected" if member.suspect else "member_heard_again"
        _log.warning(event, node=member.node)
    elif before.draining != member.draining:
        _log.info(
            "member_draining" if member.draining else "member_takes_clients", node=member.node
        )
    elif before.services != member.services:
        _log.info("member_moved", node=member.node, services=_addresses(member))


def _addresses(member: Member) -> str:
    return ",".join(f"{name}={host}:{port}" for name, (host, port) in member.services.items())
