"""Identity's store in memory: for tests in one process, under the same contract as PostgreSQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.platform.auth import brake
from holdfast.platform.auth.audit import Entry, Origin, Recorded, shown
from holdfast.platform.auth.brake import Count, Counter
from holdfast.platform.auth.people import Account, NewAccount, NewToken, Session, SignIn, Token
from holdfast.platform.auth.ports import MAX_LISTED
from holdfast.platform.auth.roles import Role


class MemoryPeople:
    """`People` in dictionaries."""

    def __init__(self) -> None:
        self._accounts: dict[int, Account] = {}
        self._sessions: dict[bytes, Session] = {}
        self._sign_ins: dict[bytes, tuple[SignIn, datetime]] = {}
        self._links: dict[bytes, datetime] = {}
        self._tokens: dict[bytes, Token] = {}
        self._tries: dict[str, Count] = {}
        self._audit: list[Recorded] = []

    async def account(self, name: str) -> Account | None:
        """See `Accounts.account`."""
        return next((one for one in self._accounts.values() if one.name == name), None)

    async def account_of(self, external: str) -> Account | None:
        """See `Accounts.account_of`."""
        found = (one for one in self._accounts.values() if external and one.external == external)
        return next(found, None)

    async def accounts(self) -> Sequence[Account]:
        """See `Accounts.accounts`."""
        return sorted(self._accounts.values(), key=lambda one: one.name)[:MAX_LISTED]

    async def add_account(self, new: NewAccount, now: datetime) -> Account | None:
        """See `Accounts.add_account`."""
        if await self.account(new.name) or await self.account_of(new.external):
            return None
        made = Account(
            id=len(self._accounts) + 1,
            name=new.name,
            roles=new.roles,
            subject=new.subject,
            password=new.password,
            external=new.external,
            is_disabled=False,
            created_at=now,
        )
        self._accounts[made.id] = made
        return made

    async def set_password(self, account: int, password: str) -> None:
        """See `Accounts.set_password`."""
        self._accounts[account] = replace(self._accounts[account], password=password)

    async def set_disabled(self, account: int, *, is_disabled: bool) -> None:
        """See `Accounts.set_disabled`."""
        self._accounts[account] = replace(self._accounts[account], is_disabled=is_disabled)

    async def set_roles(self, account: int, roles: frozenset[Role], subject: str) -> None:
        """See `Accounts.set_roles`."""
        self._accounts[account] = replace(self._accounts[account], roles=roles, subject=subject)

    async def open_session(self, session_hash: bytes, session: Session, address: str) -> None:
        """See `Sessions.open_session`."""
        self._sessions[session_hash] = session

    async def session(self, session_hash: bytes) -> Session | None:
        """See `Sessions.session`."""
        found = self._sessions.get(session_hash)
        return replace(found, account=self._accounts[found.account.id]) if found else None

    async def see_session(self, session_hash: bytes, seen_at: datetime) -> None:
        """See `Sessions.see_session`."""
        found = self._sessions.get(session_hash)
        if found and found.seen_at < seen_at:
            self._sessions[session_hash] = replace(found, seen_at=seen_at)

    async def close_session(self, session_hash: bytes) -> None:
        """See `Sessions.close_session`."""
        self._sessions.pop(session_hash, None)

    async def close_sessions(self, account: int) -> int:
        """See `Sessions.close_sessions`."""
        over = [key for key, one in self._sessions.items() if one.account.id == account]
        for key in over:
            del self._sessions[key]
        return len(over)

    async def begin_sign_in(self, state: bytes, sign_in: SignIn, until: datetime) -> None:
        """See `Sessions.begin_sign_in`."""
        self._sign_ins[state] = (sign_in, until)

    async def end_sign_in(self, state: bytes, now: datetime) -> SignIn | None:
        """See `Sessions.end_sign_in`."""
        found = self._sign_ins.pop(state, None)
        return found[0] if found and found[1] > now else None

    async def put_link(self, key_hash: bytes, until: datetime) -> None:
        """See `Sessions.put_link`."""
        self._links[key_hash] = until

    async def use_link(self, key_hash: bytes, now: datetime) -> bool:
        """See `Sessions.use_link`."""
        until = self._links.pop(key_hash, None)
        return until is not None and until > now

    async def add_token(self, new: NewToken) -> None:
        """See `Tokens.add_token`."""
        self._tokens[new.token_hash] = Token(
            token_id=new.token_hash.hex()[:16],
            account=self._accounts[new.account],
            name=new.name,
            scopes=new.scopes,
            created_at=new.created_at,
            expires_at=new.expires_at,
        )

    async def token(self, token_hash: bytes) -> Token | None:
        """See `Tokens.token`."""
        found = self._tokens.get(token_hash)
        return replace(found, account=self._accounts[found.account.id]) if found else None

    async def tokens(self, account: int | None) -> Sequence[Token]:
        """See `Tokens.tokens`."""
        theirs = [t for t in self._tokens.values() if account in (None, t.account.id)]
        return sorted(theirs, key=lambda t: t.created_at, reverse=True)[:MAX_LISTED]

    async def revoke_token(self, token_id: str, now: datetime) -> Token | None:
        """See `Tokens.revoke_token`."""
        for key, one in self._tokens.items():
            if one.token_id == token_id and one.revoked_at is None:
                self._tokens[key] = replace(one, revoked_at=now)
                return self._tokens[key]
        return None

    async def use_token(self, token_hash: bytes, used_at: datetime) -> None:
        """See `Tokens.use_token`."""
        self._tokens[token_hash] = replace(self._tokens[token_hash], used_at=used_at)

    async def take_try(self, counters: Sequence[Counter], now: datetime) -> float:
        """See `Tries.take_try`."""
        counts = [self._tries.get(counter.key) for counter in counters]
        wait_s = brake.longest_wait_s(counters, counts, now)
        if wait_s == 0:
            for counter, count in zip(counters, counts, strict=True):
                self._tries[counter.key] = Count(brake.tries_after(count, now), now)
        return wait_s

    async def give_back(self, cleared: Sequence[str], lowered: Sequence[str]) -> None:
        """See `Tries.give_back`."""
        for key in cleared:
            self._tries.pop(key, None)
        for key in lowered:
            held = self._tries.get(key)
            if held and held.tries > 1:
                self._tries[key] = replace(held, tries=held.tries - 1)

    async def record(self, entry: Entry) -> None:
        """See `AuditLog.record`."""
        who, act, target, detail = map(
            shown, (entry.who, entry.act.value, entry.target, entry.detail)
        )
        origin = Origin(shown(entry.origin.address), shown(entry.origin.request_id))
        number = len(self._audit) + 1
        self._audit.append(Recorded(number, entry.at, who, act, target, detail, origin))

    async def entries(self, limit: int, before: int | None = None) -> Sequence[Recorded]:
        """See `AuditLog.entries`."""
        found = [e for e in reversed(self._audit) if before is None or e.number < before]
        return found[: min(limit, MAX_LISTED)]

    async def sweep(self, now: datetime) -> int:
        """See `People.sweep`."""
        old = now - timedelta(seconds=brake.FORGOTTEN_S)
        sessions = [key for key, one in self._sessions.items() if one.expires_at < now]
        sign_ins = [key for key, (_, until) in self._sign_ins.items() if until < now]
        links = [key for key, until in self._links.items() if until < now]
        tries = [key for key, count in self._tries.items() if count.last_at < old]
        for key in sessions:
            del self._sessions[key]
        for key in sign_ins:
            del self._sign_ins[key]
        for key in links:
            del self._links[key]
        for counter in tries:
            del self._tries[counter]
        return len(sessions) + len(sign_ins) + len(links) + len(tries)
