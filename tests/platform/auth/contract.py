"""What every store of identity does; the memory's and PostgreSQL's tests run the same."""

import asyncio
from datetime import timedelta

import pytest

from holdfast.platform.auth import brake
from holdfast.platform.auth.audit import Act, Entry, Origin
from holdfast.platform.auth.people import NewAccount, NewToken, Session, SignIn, plain_name
from holdfast.platform.auth.ports import People
from holdfast.platform.auth.roles import Action, Role
from holdfast.platform.auth.secrets import hash_of
from tests.support.people import KEPT, START

MIRA = NewAccount("mira", frozenset({Role.TEACHER, Role.ADMIN}), "", KEPT)
BEN = NewAccount("ben", frozenset({Role.STUDENT}), "1234", external="https://uni.example|7")
LATER = START + timedelta(hours=1)


class Contract:
    """The tests; `people` is a fixture of the class below."""

    async def test_an_account_is_found_by_name_and_by_university(self, people: People) -> None:
        mira, ben = await people.add_account(MIRA, START), await people.add_account(BEN, START)
        assert mira is not None
        assert ben is not None
        assert await people.account("mira") == mira
        assert await people.account_of(BEN.external) == ben
        assert await people.account_of("") is None
        assert await people.account("nobody") is None
        assert await people.accounts() == (ben, mira) or list(await people.accounts()) == [
            ben,
            mira,
        ]
        assert (mira.roles, ben.subject, mira.is_disabled) == (MIRA.roles, "1234", False)

    async def test_no_name_and_no_university_person_has_two(self, people: People) -> None:
        assert await people.add_account(MIRA, START)
        assert await people.add_account(BEN, START)
        assert await people.add_account(MIRA, START) is None
        other = NewAccount("ben2", BEN.roles, "1", external=BEN.external)
        assert await people.add_account(other, START) is None

    async def test_an_account_is_changed(self, people: People) -> None:
        made = await people.add_account(MIRA, START)
        assert made is not None
        await people.set_password(made.id, KEPT)
        await people.set_disabled(made.id, is_disabled=True)
        await people.set_roles(made.id, frozenset({Role.AIRLINE}), "ZZ")
        found = await people.account("mira")
        assert found is not None
        assert (found.is_disabled, found.roles, found.subject) == (True, {Role.AIRLINE}, "ZZ")
        await people.set_disabled(made.id, is_disabled=False)

    async def test_a_session_is_kept_seen_and_closed(self, people: People) -> None:
        account = await people.add_account(MIRA, START)
        assert account is not None
        key = hash_of("s")
        await people.open_session(key, Session(account, START, LATER), "192.0.2.7")
        assert await people.session(key) == Session(account, START, LATER)
        await people.see_session(key, START + timedelta(seconds=90))
        await people.see_session(key, START)
        found = await people.session(key)
        assert found is not None
        assert found.seen_at == START + timedelta(seconds=90)
        await people.close_session(key)
        assert await people.session(key) is None

    async def test_a_session_shows_its_account_as_it_is_now(self, people: People) -> None:
        account = await people.add_account(MIRA, START)
        assert account is not None
        await people.open_session(hash_of("s"), Session(account, START, LATER), "x")
        await people.set_disabled(account.id, is_disabled=True)
        found = await people.session(hash_of("s"))
        assert found is not None
        assert found.account.is_disabled

    async def test_all_sessions_of_one_account_are_closed(self, people: People) -> None:
        mira, ben = await people.add_account(MIRA, START), await people.add_account(BEN, START)
        assert mira is not None
        assert ben is not None
        for key, account in (("a", mira), ("b", mira), ("c", ben)):
            await people.open_session(hash_of(key), Session(account, START, LATER), "x")
        assert await people.close_sessions(mira.id) == 2
        assert await people.session(hash_of("a")) is None
        assert await people.session(hash_of("c")) is not None

    async def test_a_sign_in_and_a_link_work_once_and_not_too_late(self, people: People) -> None:
        sign_in = SignIn("nonce", "verifier", "/students/7")
        await people.begin_sign_in(hash_of("a"), sign_in, LATER)
        assert await people.end_sign_in(hash_of("a"), START) == sign_in
        assert await people.end_sign_in(hash_of("a"), START) is None
        await people.begin_sign_in(hash_of("b"), sign_in, LATER)
        assert await people.end_sign_in(hash_of("b"), LATER) is None
        await people.put_link(hash_of("k"), LATER)
        assert await people.use_link(hash_of("other"), START) is False
        assert await people.use_link(hash_of("k"), START) is True
        assert await people.use_link(hash_of("k"), START) is False
        await people.put_link(hash_of("late"), START)
        assert await people.use_link(hash_of("late"), START) is False

    async def test_a_token_is_kept_used_and_revoked(self, people: People) -> None:
        account = await people.add_account(MIRA, START)
        assert account is not None
        scopes = frozenset({Action.TEACH})
        new = NewToken(hash_of("t"), account.id, "robot", scopes, START, LATER)
        await people.add_token(new)
        found = await people.token(hash_of("t"))
        assert found is not None
        assert (found.account, found.scopes, found.used_at) == (account, scopes, None)
        assert found.token_id == hash_of("t").hex()[:16]
        await people.use_token(hash_of("t"), START)
        assert list(await people.tokens(account.id)) == list(await people.tokens(None))
        ended = await people.revoke_token(found.token_id, LATER)
        assert ended is not None
        assert (ended.revoked_at, ended.used_at) == (LATER, START)
        assert await people.revoke_token(found.token_id, LATER) is None
        assert await people.token(hash_of("u")) is None

    async def test_tries_are_counted_until_one_must_wait(self, people: People) -> None:
        counters = brake.counters("mira", "192.0.2.7")
        free = brake.PAIR.free
        assert [await people.take_try(counters, START) for _ in range(free)] == [0.0] * free
        assert await people.take_try(counters, START) == pytest.approx(1.0)
        assert await people.take_try(counters, START) == pytest.approx(1.0), "it is not counted"
        await people.give_back([counters[0].key, counters[2].key], [counters[1].key])
        assert await people.take_try(counters, START) == 0

    async def test_a_try_for_a_name_that_cannot_be_is_counted(self, people: People) -> None:
        counters = brake.counters(plain_name("mi\0ra\N{RIGHT-TO-LEFT OVERRIDE}"), "192.0.2.7")
        waits = [await people.take_try(counters, START) for _ in range(brake.PAIR.free + 1)]
        assert [wait > 0 for wait in waits] == [False] * brake.PAIR.free + [True]

    async def test_many_tries_at_once_are_many(self, people: People) -> None:
        counters = brake.counters("mira", "192.0.2.7")
        waits = await asyncio.gather(*(people.take_try(counters, START) for _ in range(12)))
        assert sum(wait == 0 for wait in waits) == brake.PAIR.free

    async def test_the_audit_log_tells_the_newest_first(self, people: People) -> None:
        origin = Origin("192.0.2.7", "r-1")
        for act in (Act.LOGGED_IN, Act.TOKEN_MADE, Act.LOGGED_OUT):
            await people.record(Entry(START, "mira\n", act, "x" * 500, "", origin))
        newest, middle, oldest = await people.entries(10)
        assert [e.act for e in (newest, middle, oldest)] == [
            "logged out",
            "token made",
            "logged in",
        ]
        assert (oldest.who, len(oldest.target), oldest.origin) == ("mira\ufffd", 200, origin)
        assert list(await people.entries(1, middle.number)) == [oldest]

    async def test_what_is_over_is_forgotten_and_nothing_else(self, people: People) -> None:
        account = await people.add_account(MIRA, START)
        assert account is not None
        await people.open_session(hash_of("a"), Session(account, START, START), "x")
        await people.open_session(hash_of("b"), Session(account, START, LATER), "x")
        await people.begin_sign_in(hash_of("s"), SignIn("n", "v", "/"), START)
        await people.put_link(hash_of("k"), START)
        await people.take_try(brake.counters("mira", "192.0.2.7"), START - timedelta(hours=3))
        await people.record(Entry(START, "mira", Act.LOGGED_IN))
        assert await people.sweep(START + timedelta(seconds=1)) == 6
        assert await people.sweep(START + timedelta(seconds=1)) == 0
        assert await people.session(hash_of("b")) is not None
        assert len(await people.entries(10)) == 1
