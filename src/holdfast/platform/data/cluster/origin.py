"""The law of a cluster's beginning: one member has the data, all the others copy it.

The first member's folder is made whole (roles, database, access rules) before Patroni ever sees it,
or it is the folder of the single server that ran here before, taken over by one rename. The others
are not told how to begin one (see `configuration`), so no second cluster appears beside the first.
"""

from holdfast.errors import Mistake
from holdfast.platform.data import cluster_folder
from holdfast.platform.data.account import Account, account_for
from holdfast.platform.data.binaries import NEEDED_IN_CLUSTER, Binaries, find_binaries
from holdfast.platform.data.cluster.configuration import Passwords, roles_sql
from holdfast.platform.data.cluster.plan import ClusterPlan, MemberPlan
from holdfast.platform.data.cluster_folder import major_of
from holdfast.platform.data.embedded import ServerPlan

FINISHED = "origin.done"
"""Beside the first folder: its roles are complete. Without it they are made (again)."""


def account_of(plan: ClusterPlan) -> Account:
    """Who runs every member: the owner of the first folder, or of the single server's before."""
    single = ServerPlan(plan.data).folder
    folder = plan.postgres_of(plan.first.name)
    return account_for(single if single.exists() and not folder.exists() else folder)


def programs_of(plan: ClusterPlan, account: Account) -> Binaries:
    """PostgreSQL's programs, of the version that made the data if there is any."""
    majors = [major_of(plan.postgres_of(member.name)) for member in plan.members]
    known = next((major for major in majors if major is not None), None)
    if known is None:
        known = major_of(ServerPlan(plan.data).folder)
    return find_binaries(account, bin_dir=plan.bin_dir, major=known, needed=NEEDED_IN_CLUSTER)


def is_finished(plan: ClusterPlan) -> bool:
    """Whether the cluster has its data: then no folder is ever made from nothing again."""
    return (plan.folder / FINISHED).exists()


def finish_elsewhere(plan: ClusterPlan) -> None:
    """The data was made already, and is at other members: this folder only copies."""
    (plan.folder / FINISHED).touch(mode=0o600)


def begin(
    plan: ClusterPlan, passwords: Passwords, binaries: Binaries, account: Account
) -> str | None:
    """Make the first member's folder if the cluster has none yet; what was done, for the log."""
    if is_finished(plan):
        return None
    folder = plan.postgres_of(plan.first.name)
    single = ServerPlan(plan.data).folder
    done = "continued"
    if not folder.exists() and single.exists():
        cluster_folder.stop_leftover(single)
        if account.switch and single.stat().st_uid != account.uid:
            raise Mistake(f"The folder {single} belongs to root; give it to {account.name}.")
        single.rename(folder)
        done = "taken over from the single server"
    elif not folder.exists():
        cluster_folder.create(folder, binaries, account, passwords.application)
        done = "made"
    cluster_folder.stop_leftover(folder)
    cluster_folder.run_sql(folder, binaries, account, roles_sql(passwords))
    cluster_folder.set_password(folder, binaries, account, passwords.application)
    (plan.folder / FINISHED).touch(mode=0o600)
    return done


def has_data(plan: ClusterPlan, member: MemberPlan) -> bool:
    """Whether this member has data; one without can only copy a leader."""
    return major_of(plan.postgres_of(member.name)) is not None
