"""The law of speaking with etcd: its JSON gateway, small bounded requests, blocking.

Only the observer and the store's guard speak with it directly; everything else asks Patroni. Keys
are those of Patroni (`/service/<scope>/...`), the observers' own lie beside them.
"""

import base64
import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.platform.data.cluster.plan import MemberPlan
from holdfast.platform.data.cluster.silence import Term

ASK_S = 0.5
"""A live etcd answers in milliseconds; the next one is asked after so long."""
LEASE_S = 3
"""What an observer said is forgotten after so long: it may have died meanwhile."""
MAX_ANSWER_BYTES = 200_000


class StoreSilent(HoldfastError):
    """No member of the store answers, or none that has a majority."""


@dataclass(frozen=True, slots=True)
class View:
    """One consistent look: the leader's term, whether a synchronous replica is known (and since
    which revision), what observers say (the revision of each statement by observer, for those
    about this very term), and the lease of the leader's key."""

    term: Term | None
    has_synchronous: bool
    sync_revision: int
    statements: Mapping[str, int]
    lease: str = ""


class Store:
    """The etcd of a cluster, asked through whichever member answers."""

    def __init__(self, members: Sequence[MemberPlan], scope: str) -> None:
        """`members` in the order in which they are asked."""
        self._members = tuple(members)
        base = f"/service/{scope}"
        self._leader = f"{base}/leader"
        self._sync = f"{base}/sync"
        self._begun = f"{base}/initialize"
        self._silence = f"/holdfast/{scope}/silence/"

    def view(self) -> View:
        """Leader, synchronous state and statements, as of one moment. `StoreSilent`."""
        ranges = [
            {"requestRange": {"key": _b64(self._leader)}},
            {"requestRange": {"key": _b64(self._sync)}},
            {"requestRange": _prefix(self._silence)},
        ]
        said = self._ask("/v3/kv/txn", {"success": ranges})
        leader, sync, silence = (
            answer.get("response_range", {}).get("kvs", []) for answer in said["responses"]
        )
        term = _term(leader[0]) if leader else None
        return View(
            term,
            bool(sync) and bool(_json(sync[0]).get("sync_standby")),
            int(sync[0]["mod_revision"]) if sync else 0,
            {
                _text(kv["key"]).removeprefix(self._silence): int(kv["mod_revision"])
                for kv in silence
                if term is not None and _json(kv) == {"leader": term.leader, "at": term.revision}
            },
            leader[0].get("lease", "") if leader else "",
        )

    def has_begun(self) -> bool:
        """Whether the cluster has its data already, wherever that is. `StoreSilent`."""
        said = self._ask("/v3/kv/range", {"key": _b64(self._begun)})
        return bool(said.get("kvs"))

    def state(self, observer: str, term: Term) -> None:
        """Write down that `observer` hears nothing of the leader; it expires by itself."""
        lease = self._ask("/v3/lease/grant", {"TTL": LEASE_S})["ID"]
        value = json.dumps({"leader": term.leader, "at": term.revision})
        key = self._silence + observer
        self._ask("/v3/kv/put", {"key": _b64(key), "value": _b64(value), "lease": lease})

    def remove_leader(self, view: View, observers: Sequence[str]) -> bool:
        """Remove the leader's key if nothing has changed since `view`: the same term, the same
        synchronous replica, and the same statements of `observers`. Whether it was removed.

        Its lease ends with it: a former leader that comes back within it, and finds it alive,
        believes that the key is still its own, and goes on as one that nobody follows.
        """
        assert view.term is not None
        leader, sync = _b64(self._leader), _b64(self._sync)
        compare = [
            {"key": leader, "target": "VALUE", "value": _b64(view.term.leader)},
            {"key": leader, "target": "CREATE", "create_revision": str(view.term.revision)},
            {"key": sync, "target": "MOD", "mod_revision": str(view.sync_revision)},
        ]
        compare += [
            {
                "key": _b64(self._silence + observer),
                "target": "MOD",
                "mod_revision": str(view.statements[observer]),
            }
            for observer in observers
        ]
        said = self._ask(
            "/v3/kv/txn",
            {"compare": compare, "success": [{"requestDeleteRange": {"key": leader}}]},
        )
        removed = bool(said.get("succeeded"))
        if removed and view.lease:
            self._ask("/v3/lease/revoke", {"ID": view.lease})
        return removed

    def _ask(self, path: str, question: Mapping[str, object]) -> Any:
        for member in self._members:
            said = _post(member, path, question)
            if isinstance(said, dict) and "error" not in said:
                return said
        raise StoreSilent("no member of the store answers")


def is_serving(member: MemberPlan) -> bool:
    """Whether this etcd is a part of a majority that can decide."""
    said = _request(member, "GET", "/health", None)
    return isinstance(said, dict) and said.get("health") == "true"


def _post(member: MemberPlan, path: str, question: Mapping[str, object]) -> object:
    return _request(member, "POST", path, json.dumps(question).encode())


def _request(member: MemberPlan, method: str, path: str, body: bytes | None) -> object:
    """The JSON of the answer; None for silence and for what is no JSON."""
    connection = http.client.HTTPConnection(member.address, member.client, timeout=ASK_S)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        found: object = json.loads(connection.getresponse().read(MAX_ANSWER_BYTES))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return found


def _term(kv: Mapping[str, str]) -> Term:
    return Term(_text(kv["value"]), int(kv["create_revision"]))


def _json(kv: Mapping[str, str]) -> Any:
    try:
        return json.loads(_text(kv.get("value", "")))
    except ValueError:
        return {}


def _prefix(key: str) -> dict[str, str]:
    return {"key": _b64(key), "range_end": _b64(key[:-1] + chr(ord(key[-1]) + 1))}


def _b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode(errors="replace")
