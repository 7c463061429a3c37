"""PURE. What Patroni and etcd are told: every number that decides how fast and how safe they are.

The times were measured (docs/reference/failover.md): Patroni refuses a time to live under 20 s, and
`primary_start_timeout: 0` fails over from a crashed PostgreSQL instead of waiting for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.platform.data.backup import archive
from holdfast.platform.data.cluster.plan import ClusterPlan, MemberPlan
from holdfast.platform.data.cluster_folder import DATABASE, ROLE, SUPERUSER
from holdfast.platform.data.parameters import server_parameters

REPLICATION_ROLE = "replicator"
REWIND_ROLE = "rewinder"
REST_USER = "holdfast"

TTL_S = 20
"""A leader that does not renew its key for so long has lost it; Patroni takes no less."""
LOOP_S = 2
"""Each Patroni looks around this often."""
RETRY_S = 3
"""A leader that cannot reach the store for so long steps down (unless all members vouch for it)."""
MAX_LAG_BYTES = 16 * 1024 * 1024
"""A replica further behind does not become leader. In synchronous mode only members that have
everything may, so this never decides; it bounds what a mistake could lose."""
STREAM_TIMEOUT = "5s"
"""A replica that says nothing for so long is dropped, and another becomes the synchronous one."""
KEPT_LOG = "128MB"
"""Log for replicas that were away; those whose slot exists find all of it up to `SLOT_LOG`."""
SLOT_LOG = "4GB"
"""A replica that is away for longer is copied anew: its log does not fill the leader's disk."""
RESERVED_CONNECTIONS = 5
"""For Patroni and for repairs when the applications have taken all the others."""
ETCD_BEAT_MS = 100
ETCD_ELECTION_MS = 1000
ETCD_BYTES = 64 * 1024 * 1024
"""The store holds some kilobytes; old revisions are removed every hour."""


@dataclass(frozen=True, slots=True)
class Passwords:
    """One password for each role that connects, and one for Patroni's unsafe requests."""

    superuser: str
    replication: str
    rewind: str
    application: str
    rest: str
    store: str


def patroni_configuration(
    plan: ClusterPlan,
    member: MemberPlan,
    passwords: Passwords,
    *,
    bin_dir: str,
    major: int,
    has_data: bool,
) -> dict[str, object]:
    """The file of one member's Patroni, as JSON is YAML, too.

    Without `has_data` it lacks what Patroni needs to begin a cluster: the member can only copy.
    """
    beginning = {"bootstrap": {"dcs": dynamic_configuration(plan)}} if has_data else {}
    return {
        "scope": plan.scope,
        "name": member.name,
        "log": {"level": "INFO", "deduplicate_heartbeat_logs": True},
        "restapi": {
            "listen": f"{member.address}:{member.rest}",
            "connect_address": f"{member.address}:{member.rest}",
            "authentication": {"username": REST_USER, "password": passwords.rest},
        },
        **_store(plan, member, passwords),
        **beginning,
        "postgresql": {
            "listen": f"{member.address}:{member.postgres}",
            "connect_address": f"{member.address}:{member.postgres}",
            "data_dir": str(plan.postgres_of(member.name)),
            "bin_dir": bin_dir,
            "pgpass": str(plan.folder_of(member.name) / "pgpass"),
            "authentication": {
                "superuser": _login(SUPERUSER, passwords.superuser),
                "replication": _login(REPLICATION_ROLE, passwords.replication),
                "rewind": _login(REWIND_ROLE, passwords.rewind),
            },
            "parameters": _parameters(plan, major),
            "pg_hba": access_rules(plan),
            "remove_data_directory_on_rewind_failure": True,
            "remove_data_directory_on_diverged_timelines": True,
            "basebackup": [{"checkpoint": "fast"}],
        },
        "watchdog": {"mode": "off"},
    }


def dynamic_configuration(plan: ClusterPlan) -> dict[str, object]:
    """What all members share; Patroni keeps it in the store."""
    return {
        "ttl": TTL_S,
        "loop_wait": LOOP_S,
        "retry_timeout": RETRY_S,
        "primary_start_timeout": 0,
        "maximum_lag_on_failover": MAX_LAG_BYTES,
        # Any one replica confirms a commit, and the one furthest ahead succeeds: none has to be
        # rewound first, as one that nobody waited for and that got some bytes more would.
        "synchronous_mode": "quorum",
        "synchronous_mode_strict": plan.when_alone == "durable",
        "synchronous_node_count": 1,
        # A dead store alone takes no leader away; but one that observers depose must step down
        # when it cannot reach the store, whoever else vouches for it.
        "failsafe_mode": not plan.fast_failover,
        "postgresql": {"use_pg_rewind": True, "use_slots": True},
    }


def access_rules(plan: ClusterPlan) -> list[str]:
    """Lines of pg_hba.conf: a password for everybody, from the plan's networks only."""
    rules = []
    for network in plan.networks:
        rules.append(f"host replication {REPLICATION_ROLE} {network} scram-sha-256")
        rules.append(f"host all all {network} scram-sha-256")
    return rules


def application_dsn(plan: ClusterPlan, password: str) -> str:
    """The address that names all members: whoever opens it finds the leader."""
    hosts = ",".join(f"{member.address}:{member.postgres}" for member in plan.members)
    return f"postgresql://{ROLE}:{password}@{hosts}/{DATABASE}"


def etcd_command(plan: ClusterPlan, member: MemberPlan, program: str, token: str) -> list[str]:
    """The command line of one member of the store."""
    together = ",".join(f"{other.name}={other.peer_url}" for other in plan.members)
    options: Mapping[str, object] = {
        "name": member.name,
        "data-dir": plan.store_of(member.name),
        "listen-client-urls": member.client_url,
        "advertise-client-urls": member.client_url,
        "listen-peer-urls": member.peer_url,
        "initial-advertise-peer-urls": member.peer_url,
        "initial-cluster": together,
        "initial-cluster-state": "new",
        "initial-cluster-token": token,
        "heartbeat-interval": ETCD_BEAT_MS,
        "election-timeout": ETCD_ELECTION_MS,
        "auto-compaction-retention": "1h",
        "quota-backend-bytes": ETCD_BYTES,
        "logger": "zap",
        "log-level": "warn",
    }
    return [program, *(f"--{name}={value}" for name, value in options.items())]


def roles_sql(passwords: Passwords) -> str:
    """Single-user SQL, a statement a line: the roles that members use among themselves.

    May be run again: a role that exists gets the password.
    """
    functions = (
        "pg_ls_dir(text, boolean, boolean)",
        "pg_stat_file(text, boolean)",
        "pg_read_binary_file(text)",
        "pg_read_binary_file(text, bigint, bigint, boolean)",
    )
    lines = [f"ALTER ROLE {SUPERUSER} PASSWORD '{passwords.superuser}'"]
    for role, kind, password in (
        (REPLICATION_ROLE, "LOGIN REPLICATION", passwords.replication),
        (REWIND_ROLE, "LOGIN", passwords.rewind),
    ):
        lines.append(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role}; END IF; END $$"
        )
        lines.append(f"ALTER ROLE {role} {kind} PASSWORD '{password}'")
    lines += [f"GRANT EXECUTE ON FUNCTION {name} TO {REWIND_ROLE}" for name in functions]
    return "\n".join(lines) + "\n"


def _store(plan: ClusterPlan, member: MemberPlan, passwords: Passwords) -> dict[str, object]:
    if plan.store == "etcd":
        return {"etcd3": {"hosts": [f"{one.address}:{one.client}" for one in plan.members]}}
    own = f"{member.address}:{member.peer}"
    return {
        "raft": {
            "data_dir": str(plan.folder_of(member.name) / "raft"),
            "self_addr": own,
            "bind_addr": own,  # without it, it listens on every interface
            "partner_addrs": [f"{one.address}:{one.peer}" for one in plan.others(member.name)],
            "password": passwords.store,
        }
    }


def _login(role: str, password: str) -> dict[str, str]:
    return {"username": role, "password": password}


def _parameters(plan: ClusterPlan, major: int) -> dict[str, str]:
    given = server_parameters(
        major=major, durable=plan.durable, max_connections=plan.max_connections
    )
    return {
        **given,
        **(archive.parameters(plan.archive_every_s, in_cluster=True) if plan.archive else {}),
        # Whatever the disk keeps: a commit waits for the replica, and a rewind needs whole pages.
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "unix_socket_directories": "",
        "superuser_reserved_connections": str(RESERVED_CONNECTIONS),
        "wal_level": "replica",
        "hot_standby": "on",
        "wal_log_hints": "on",  # the old leader is rewound, not copied
        "wal_keep_size": KEPT_LOG,
        "max_slot_wal_keep_size": SLOT_LOG,
        "wal_sender_timeout": STREAM_TIMEOUT,
        "wal_receiver_timeout": STREAM_TIMEOUT,
        "tcp_keepalives_idle": "5",
        "tcp_keepalives_interval": "2",
        "tcp_keepalives_count": "3",
    }
