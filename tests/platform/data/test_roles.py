"""Roles: made with passwords that no log shows, and given exactly what the script says."""

from pathlib import Path

import pytest

from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.migrate import apply
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.role_files import address_with
from holdfast.platform.data.roles import (
    filled,
    give_rights,
    known_roles,
    make_roles,
    may_create_roles,
    quoted,
    role_names,
    verifier,
)
from tests.support.zoo import GUEST, KEEPER, zoo_in

PETS = Statement("pets", "SELECT id FROM zoo.pets")
FEED = Statement("feed", "UPDATE zoo.pets SET meals = meals + 1")


async def test_roles_are_named_after_the_database_and_the_process(
    database: Database, tmp_path: Path
) -> None:
    names = await role_names(database, [zoo_in(tmp_path)])
    own = await database.fetchval(Statement("own", "SELECT current_database()"))
    assert names == {KEEPER: f"{own}_zoo_keeper", GUEST: f"{own}_guest"}


async def test_a_role_may_do_what_its_script_says_and_nothing_else(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    zoo = zoo_in(tmp_path)
    await apply(database, zoo.name, zoo.migrations)
    names = await role_names(database, [zoo])
    passwords = {name: f"secret of {name}" for name in names.values()}
    await make_roles(database, passwords, set())
    await give_rights(database, zoo, names, take=True)
    address = address_with(dsn, names[GUEST], passwords[names[GUEST]])
    async with await Database.connect(address, limits=Limits(pool_size=1)) as guest:
        assert await guest.fetch(PETS) == []
        assert not await may_create_roles(guest)
        with pytest.raises(StatementRejected, match="permission denied"):
            await guest.execute(FEED)
        # What the script does not say any more is taken away, once nobody older may need it.
        (tmp_path / "roles.sql").write_text("GRANT SELECT ON pets TO {zoo_keeper};")
        await give_rights(database, zoo, names, take=False)
        assert await guest.fetch(PETS) == []
        await give_rights(database, zoo, names, take=True)
        with pytest.raises(StatementRejected, match="permission denied"):
            await guest.fetch(PETS)
        await database.execute(Statement("join", f"GRANT {quoted(names[GUEST])} TO CURRENT_USER"))


async def test_a_known_role_gets_a_new_password(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    zoo = zoo_in(tmp_path)
    (keeper, guest) = (await role_names(database, [zoo])).values()
    assert await known_roles(database, [keeper, guest]) == set()
    await make_roles(database, {keeper: "first"}, set())
    known = await known_roles(database, [keeper, guest])
    assert known == {keeper}
    await make_roles(database, {keeper: "second", guest: "first"}, known)
    for role, password in ((keeper, "second"), (guest, "first")):
        address = address_with(dsn, role, password)
        async with await Database.connect(address, limits=Limits(pool_size=1)) as opened:
            assert await opened.fetchval(Statement("me", "SELECT current_user")) == role
            name = quoted(role)
            await database.execute(Statement("join", f"GRANT {name} TO CURRENT_USER"))


def test_the_server_gets_what_rfc_7677_says_of_a_password() -> None:
    # The example of RFC 7677, section 3: from it follow the server's key and the client's.
    import base64
    import hashlib
    import hmac

    made = verifier("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="))
    head, _, keys = made.rpartition("$")
    assert head == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ=="
    stored, server = (base64.b64decode(part) for part in keys.split(":"))
    said = (
        b"n=user,r=rOprNGfwEbeRWgbNEkqO,"
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        b"s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    )
    signed = base64.b64encode(hmac.digest(server, said, "sha256")).decode()
    assert signed == "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    key = bytes(a ^ b for a, b in zip(proof, hmac.digest(stored, said, "sha256"), strict=True))
    assert hashlib.sha256(key).digest() == stored


def test_a_verifier_has_a_salt_of_its_own() -> None:
    assert verifier("secret") != verifier("secret")
    assert "secret" not in verifier("secret")


def test_names_stand_where_the_script_has_places() -> None:
    assert filled("GRANT x TO {a}, {b_2};", {"a": '"A"', "b_2": '"B"'}) == 'GRANT x TO "A", "B";'
    with pytest.raises(KeyError, match="nobody"):
        filled("GRANT x TO {nobody};", {})
    assert quoted('we"ird') == '"we""ird"'


async def test_a_name_that_would_be_cut_off_is_refused(database: Database, tmp_path: Path) -> None:
    from dataclasses import replace

    long = replace(zoo_in(tmp_path), roles=(replace(KEEPER, process="p" * 60),))
    with pytest.raises(ValueError, match="too long"):
        await role_names(database, [long])
