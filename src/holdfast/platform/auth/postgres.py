"""PostgreSQL as identity's store: the schema `people`, see `queries.sql` and `migrations/`.

Counting a try locks its counters in one order, so tries at the same moment see each other. The
audit log is only added to.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from holdfast.platform.auth import brake
from holdfast.platform.auth.audit import Entry, Origin, Recorded, shown
from holdfast.platform.auth.brake import Count, Counter
from holdfast.platform.auth.people import Account, NewAccount, NewToken, Session, SignIn, Token
from holdfast.platform.auth.ports import MAX_LISTED, MAX_SWEPT
from holdfast.platform.auth.roles import Role, actions_named, roles_named
from holdfast.platform.auth.statements import SQL
from holdfast.platform.data.database import Database, Row, Transaction


class PostgresPeople:
    """`People` on PostgreSQL. Connect with `schema="people"`. With `only_sessions` for a role of a
    process where people only log in: it forgets no more than that."""

    def __init__(self, database: Database, *, only_sessions: bool = False) -> None:
        self._database = database
        self._only_sessions = only_sessions

    async def account(self, name: str) -> Account | None:
        """See `Accounts.account`."""
        row = await self._database.fetchrow(SQL.account, name)
        return _account(row) if row else None

    async def account_of(self, external: str) -> Account | None:
        """See `Accounts.account_of`."""
        row = await self._database.fetchrow(SQL.account_of, external)
        return _account(row) if row else None

    async def accounts(self) -> Sequence[Account]:
        """See `Accounts.accounts`."""
        return tuple(map(_account, await self._database.fetch(SQL.accounts, MAX_LISTED)))

    async def add_account(self, new: NewAccount, now: datetime) -> Account | None:
        """See `Accounts.add_account`."""
        roles = sorted(role.value for role in new.roles)
        row = await self._database.fetchrow(
            SQL.add_account, new.name, roles, new.subject, new.password, new.external, now
        )
        return _account(row) if row else None

    async def set_password(self, account: int, password: str) -> None:
        """See `Accounts.set_password`."""
        await self._database.execute(SQL.set_password, account, password)

    async def set_disabled(self, account: int, *, is_disabled: bool) -> None:
        """See `Accounts.set_disabled`."""
        await self._database.execute(SQL.set_disabled, account, is_disabled)

    async def set_roles(self, account: int, roles: frozenset[Role], subject: str) -> None:
        """See `Accounts.set_roles`."""
        names = sorted(role.value for role in roles)
        await self._database.execute(SQL.set_roles, account, names, subject)

    async def open_session(self, session_hash: bytes, session: Session, address: str) -> None:
        """See `Sessions.open_session`."""
        await self._database.execute(
            SQL.open_session,
            session_hash,
            session.account.id,
            session.seen_at,
            session.expires_at,
            shown(address),
        )

    async def session(self, session_hash: bytes) -> Session | None:
        """See `Sessions.session`."""
        row = await self._database.fetchrow(SQL.session, session_hash)
        return Session(_account(row), row["seen_at"], row["expires_at"]) if row else None

    async def see_session(self, session_hash: bytes, seen_at: datetime) -> None:
        """See `Sessions.see_session`."""
        await self._database.execute(SQL.see_session, session_hash, seen_at)

    async def close_session(self, session_hash: bytes) -> None:
        """See `Sessions.close_session`."""
        await self._database.execute(SQL.close_session, session_hash)

    async def close_sessions(self, account: int) -> int:
        """See `Sessions.close_sessions`."""
        return await self._database.execute(SQL.close_sessions, account)

    async def begin_sign_in(self, state: bytes, sign_in: SignIn, until: datetime) -> None:
        """See `Sessions.begin_sign_in`."""
        await self._database.execute(
            SQL.begin_sign_in, state, sign_in.nonce, sign_in.verifier, sign_in.target, until
        )

    async def end_sign_in(self, state: bytes, now: datetime) -> SignIn | None:
        """See `Sessions.end_sign_in`."""
        row = await self._database.fetchrow(SQL.end_sign_in, state, now)
        if row is None or not row["is_live"]:
            return None
        return SignIn(row["nonce"], row["verifier"], row["target"])

    async def put_link(self, key_hash: bytes, until: datetime) -> None:
        """See `Sessions.put_link`."""
        await self._database.execute(SQL.put_link, key_hash, until)

    async def use_link(self, key_hash: bytes, now: datetime) -> bool:
        """See `Sessions.use_link`."""
        return await self._database.fetchval(SQL.use_link, key_hash, now) is True

    async def add_token(self, new: NewToken) -> None:
        """See `Tokens.add_token`."""
        scopes = sorted(action.value for action in new.scopes)
        await self._database.execute(
            SQL.add_token,
            new.token_hash,
            new.account,
            new.name,
            scopes,
            new.created_at,
            new.expires_at,
        )

    async def token(self, token_hash: bytes) -> Token | None:
        """See `Tokens.token`."""
        row = await self._database.fetchrow(SQL.token, token_hash)
        return _token(row) if row else None

    async def tokens(self, account: int | None) -> Sequence[Token]:
        """See `Tokens.tokens`."""
        return tuple(map(_token, await self._database.fetch(SQL.tokens, account, MAX_LISTED)))

    async def revoke_token(self, token_id: str, now: datetime) -> Token | None:
        """See `Tokens.revoke_token`."""
        token_hash = await self._database.fetchval(SQL.revoke_token, token_id, now)
        return await self.token(token_hash) if token_hash is not None else None

    async def use_token(self, token_hash: bytes, used_at: datetime) -> None:
        """See `Tokens.use_token`."""
        await self._database.execute(SQL.use_token, token_hash, used_at)

    async def take_try(self, counters: Sequence[Counter], now: datetime) -> float:
        """See `Tries.take_try`."""
        keys = [counter.key for counter in counters]

        async def work(transaction: Transaction) -> float:
            await transaction.execute(SQL.make_counters, keys)
            rows = await transaction.fetch(SQL.lock_counters, keys)
            known = {row["counter"]: _count(row) for row in rows}
            counts = [known.get(key) for key in keys]
            wait_s = brake.longest_wait_s(counters, counts, now)
            if wait_s == 0:
                after = [brake.tries_after(count, now) for count in counts]
                await transaction.execute(SQL.count_tries, keys, after, now)
            return wait_s

        return await self._database.transact(work)

    async def give_back(self, cleared: Sequence[str], lowered: Sequence[str]) -> None:
        """See `Tries.give_back`."""
        await self._database.execute(SQL.clear_tries, list(cleared))
        await self._database.execute(SQL.lower_tries, list(lowered))

    async def record(self, entry: Entry) -> None:
        """See `AuditLog.record`."""
        texts = (entry.who, entry.act.value, entry.target, entry.detail)
        origin = (entry.origin.address, entry.origin.request_id)
        await self._database.execute(SQL.record, entry.at, *map(shown, (*texts, *origin)))

    async def entries(self, limit: int, before: int | None = None) -> Sequence[Recorded]:
        """See `AuditLog.entries`."""
        rows = await self._database.fetch(SQL.entries, min(limit, MAX_LISTED), before)
        return tuple(map(_recorded, rows))

    async def sweep(self, now: datetime) -> int:
        """See `People.sweep`."""
        old = now - timedelta(seconds=brake.FORGOTTEN_S)
        swept = await self._database.execute(SQL.sweep_sessions, now, MAX_SWEPT)
        swept += await self._database.execute(SQL.sweep_tries, old, MAX_SWEPT)
        if not self._only_sessions:
            swept += await self._database.execute(SQL.sweep_sign_ins, now, MAX_SWEPT)
            swept += await self._database.execute(SQL.sweep_links, now)
        return swept


def _account(row: Row) -> Account:
    return Account(
        id=row["account"],
        name=row["name"],
        roles=roles_named(row["roles"]),
        subject=row["subject"],
        password=row["password"],
        external=row["external"],
        is_disabled=row["is_disabled"],
        created_at=row["created_at"],
    )


def _token(row: Row) -> Token:
    return Token(
        token_id=row["token_id"],
        account=_account(row),
        name=row["token_name"],
        scopes=actions_named(row["scopes"]),
        created_at=row["made_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        used_at=row["used_at"],
    )


def _count(row: Row) -> Count | None:
    """A counter that was only just made has no try yet: its time is the epoch."""
    last_at: datetime = row["last_at"]
    return None if last_at.timestamp() == 0 else Count(row["tries"], last_at)


def _recorded(row: Row) -> Recorded:
    return Recorded(
        number=row["number"],
        at=row["at"],
        who=row["who"],
        act=row["act"],
        target=row["target"],
        detail=row["detail"],
        origin=Origin(row["address"], row["request_id"]),
    )
