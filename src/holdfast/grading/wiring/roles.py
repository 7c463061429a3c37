"""The law of grading's tables: one process reaches them, for these use cases and statements.

Nodes have no role: they write through the results API. What the role needs is in
`store/roles.sql`; tests hold the two together on a real server.
"""

from holdfast.grading.store.tables import FOLDER, MIGRATIONS
from holdfast.platform.runtime.schema import Role, Schema, UseCase

_RESULTS = Role(
    "results-api",
    (
        UseCase("make sure of the course", ("ensure_course",)),
        UseCase("say that the store answers", ("ping",)),
        UseCase("know a student", ("identify", "known_users")),
        UseCase("know whether it is practice", ("practice_since",)),
        UseCase(
            "grant leases",
            (
                "remembered_registrations",
                "grant_leases",
                "answer_registrations",
                "leases_of",
                "leases_from",
            ),
        ),
        UseCase("open and close attempts", ("open_attempts", "close_attempts", "receipts")),
        UseCase("tell live pages", ("notify",)),
        UseCase(
            "write incidents and beats down",
            ("report_incidents", "beat", "note_progress", "note_rows", "notify"),
        ),
        UseCase(
            "show students, results and attempts",
            (
                "users",
                "user",
                "users_of",
                "online",
                "best_results",
                "cells",
                "cells_of",
                "attempts",
                "attempt",
                "live_rows",
                "incidents",
            ),
        ),
        UseCase("change the roster", ("import_users", "remove_users", "who_attempted")),
        UseCase(
            "keep deadlines and the scoreboard's freeze",
            (
                "ensure_plan",
                "plan",
                "next_plan",
                "deadlines",
                "extensions",
                "forget_deadlines",
                "forget_extensions",
                "set_deadlines",
                "set_extensions",
                "set_freeze",
                "set_practice",
            ),
        ),
        UseCase("count across the class", ("milestones", "failures")),
        UseCase("show what happens now", ("node_states", "running_now", "recent", "leader")),
        UseCase("claim an id", ("claim", "drop_oldest_claims", "claims_of")),
        UseCase("close what lost its node", ("reap", "notify")),
        UseCase(
            "forget",
            (
                "prune_incidents",
                "prune_registrations",
                "prune_nodes",
                "prune_claims",
                "clear_rows",
            ),
        ),
    ),
)

GRADING = Schema(
    name="grading",
    migrations=MIGRATIONS,
    queries=FOLDER / "queries.sql",
    rights=FOLDER / "roles.sql",
    roles=(_RESULTS,),
)
