"""The law of the `[people]` section: how long people stay logged in, and who vouches for them."""

from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.auth.roles import Role
from holdfast.platform.runtime.secrets import read_key
from holdfast.platform.runtime.setting import setting


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """Keys of `[people]`."""

    session_s: float = setting(43_200.0, "A person is logged in so long at most.", minimum=60.0)
    idle_s: float = setting(7_200.0, "A session that nobody uses ends after so long.", minimum=60.0)
    link_s: float = setting(86_400.0, "The first admin's link works so long.", minimum=60.0)
    public_url: str = setting(
        "", "Where browsers reach the site, like https://grading.example; for links and log-in."
    )
    university_issuer: str = setting("", "Issuer of an OpenID Connect log-in; empty: none.")
    university_name: str = setting("university", "What its button says.")
    university_client_id: str = setting("", "What the issuer calls this installation.")
    university_secret_file: str = setting("", "File with the client's secret.")
    university_role_claim: str = setting("groups", "The claim that tells roles.")
    university_roles: tuple[str, ...] = setting(
        (), "Which value of it gives which role, like staff=teacher; nothing listed, nobody let in."
    )
    university_subject_claim: str = setting("", "The claim with a student's id; empty: none.")

    def __post_init__(self) -> None:
        role_map(self.university_roles)
        issuer = self.university_issuer
        is_here = issuer.startswith(("http://127.0.0.1:", "http://localhost:"))
        if issuer and not (issuer.startswith("https://") or is_here):
            raise ValueError("university_issuer must begin with https://")
        if issuer and not (self.university_client_id and self.public_url):
            raise ValueError("university_issuer needs university_client_id and public_url")


def role_map(lines: tuple[str, ...]) -> dict[str, Role]:
    """`staff=teacher` lines as a table; `ValueError` for another form or an unknown role."""
    table = {}
    for line in lines:
        value, equals, name = line.rpartition("=")
        if not (equals and value and name in {role.value for role in Role}):
            raise ValueError(f"university_roles: {line!r} must be like staff=teacher")
        table[value] = Role(name)
    return table


def client_secret(settings: PeopleSettings) -> str:
    """The client's secret at the university; `Mistake` when its file is not there."""
    path = Path(settings.university_secret_file)
    try:
        return read_key(path).decode("ascii", "replace")
    except FileNotFoundError:
        raise Mistake(f"people.university_secret_file {path} does not exist.") from None
