"""The first start: while nobody is admin, a one-time link that makes one is printed.

It is for whoever reads the output of the command; it works once, for a day. Each is good on its
own; making one does not end those before it.
"""

from datetime import timedelta

from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.ports import People
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.secrets import hash_of, new_secret
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.runtime.clock import Clock


async def has_admin(people: People) -> bool:
    """Whether somebody can log in who keeps people."""
    return any(
        Role.ADMIN in account.roles and not account.is_disabled
        for account in await people.accounts()
    )


async def first_link(
    people: People, settings: PeopleSettings, clock: Clock, *, url: str, who: str
) -> str:
    """A new one-time link below `url`, the site's own address."""
    key, now = new_secret(), clock.wall()
    await people.put_link(hash_of(key), now + timedelta(seconds=settings.link_s))
    await people.record(Entry(now, who, Act.FIRST_LINK_MADE))
    return f"{(settings.public_url or url).rstrip('/')}/welcome?key={key}"
