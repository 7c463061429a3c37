"""deploy/compose.yaml on a Docker engine: brought up for a test, broken by it, taken down again.

Nothing is installed or built here. Where there is no engine or no image, the test is skipped and
says so; in CI, `.ci/containers` makes both.
"""

import json
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.entrance import entrance
from tests.support.fleet import ROOT, free_offset

FILE = ROOT / "deploy" / "compose.yaml"
PROJECT = "holdfast-test"
IMAGE = os.environ.get("HOLDFAST_IMAGE", "holdfast")
ADDRESSES = (
    os.environ.get("HOLDFAST_ADDRESS_1", "127.0.0.1"),
    os.environ.get("HOLDFAST_ADDRESS_2", "127.0.0.2"),
)
MEMBERS = "m1=172.31.3.11,m2=172.31.3.12,m3=172.31.3.13"
OWNER = 10001
"""The user of the containers, whose the secrets have to be."""
PORTS = (8080, 8000, 8100)
UP_S = 240.0
HEALED_S = 150.0
COMMAND_S = 60.0
LOOK_EVERY_S = 2.0
"""Each look at containers starts programs, on the processors on which they want to get healthy."""
ONCE = "prepare"
"""The service that does its work and ends."""
LABEL = "holdfast.data-centre"


@dataclass
class Installation:
    """What tests of whole fleets need of one, here behind two published balancers."""

    data: Path
    """The folder of the secrets; the tokens are in it."""
    offset: int
    environment: dict[str, str]

    def port(self, port: int) -> int:
        return port + self.offset

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port(8000)}"

    def token(self, name: str) -> str:
        return (self.data / f"{name}.token").read_text().strip()

    def get(self, path: str, timeout_s: float = 10.0) -> Any:
        """The JSON of a GET of the results API, as a reader."""
        headers = {"authorization": f"Bearer {self.token('viewer')}"}
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return json.loads(answer.read())

    def cells(self) -> dict[tuple[int, str], dict[str, Any]]:
        """The class grid by student and test."""
        rows = self.get("/api/grading/standings")
        return {(row["uid"], cell["test"]): cell for row in rows for cell in row["cells"]}

    def compose(self, *words: str, within_s: float = COMMAND_S) -> str:
        """What docker-compose says; its failure is the test's."""
        return told([*_composer(), "-p", PROJECT, "-f", str(FILE), *words], self, within_s)

    def docker(self, *words: str, within_s: float = COMMAND_S) -> str:
        return told(["docker", *words], self, within_s)

    def run_once(self, *words: str, volume: str = "") -> subprocess.CompletedProcess[str]:
        """A command of holdfast with the rights of the database's owner."""
        volumes = ["--volume", volume] if volume else []
        argv = [*_composer(), "-p", PROJECT, "-f", str(FILE), "run", "--rm", "-T"]
        return said([*argv, *volumes, ONCE, *words], self.environment, COMMAND_S)

    def holdfast_in(self, service: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of holdfast inside a running container."""
        ran = ["docker", "exec", self.containers(service=service)[0], "holdfast", *words]
        return said(ran, self.environment, COMMAND_S)

    def containers(self, *, service: str = "", data_centre: str = "") -> list[str]:
        """Ids, dead ones too."""
        wanted = [f"label=com.docker.compose.project={PROJECT}"]
        wanted += [f"label=com.docker.compose.service={service}"] if service else []
        wanted += [f"label={LABEL}={data_centre}"] if data_centre else []
        filters = [word for one in wanted for word in ("--filter", one)]
        return self.docker("ps", "--all", "--quiet", *filters).split()

    def kill(self, data_centre: str) -> list[str]:
        """kill -9 everything of a data centre at once; the containers."""
        ids = self.containers(data_centre=data_centre)
        self.docker("kill", *ids)
        return ids

    def unhealthy(self) -> list[str]:
        """Services that are not what they should be: healthy, or ended well if they do end."""
        names = '{{index .Config.Labels "com.docker.compose.service"}}'
        state = "{{.State.Status}} {{.State.ExitCode}}"
        form = f"{names} {state} {{{{if .State.Health}}}}{{{{.State.Health.Status}}}}{{{{end}}}}"
        ids = self.containers()
        lines = self.docker("inspect", "--format", form, *ids).splitlines()
        return [line for line in lines if not _is_well(line.split())]

    def leader(self) -> str:
        """The member that leads the database, as a member in the third place sees it."""
        seen = self.holdfast_in("db-3", "cluster", "status", "--json")
        status = json.loads(seen.stdout or "{}")
        leads = [m["name"] for m in status.get("members", []) if m.get("role") == "leader"]
        return leads[0] if leads else ""

    def heals(self) -> None:
        """Return once all containers are healthy, and the database has a leader and both
        replicas."""
        patiently(lambda: not self.unhealthy(), HEALED_S, "health of all containers")
        status = ("cluster", "status")
        patiently(
            lambda: self.holdfast_in("db-3", *status).returncode == 0, HEALED_S, "a healthy cluster"
        )


@contextmanager
def installation(folder: Path) -> Iterator[Installation]:
    """Secrets, containers, and an entrance to both balancers; all of it is gone afterwards."""
    _require_engine()
    secrets = folder / "secrets"
    secrets.mkdir(mode=0o700)
    os.chown(secrets, OWNER, OWNER)
    environment = {
        **os.environ,
        "HOLDFAST_IMAGE": IMAGE,
        "HOLDFAST_SECRETS": str(secrets),
        "HOLDFAST_ADDRESS_1": ADDRESSES[0],
        "HOLDFAST_ADDRESS_2": ADDRESSES[1],
        "HOLDFAST_COURSE_TIME_SCALE": "0.01",
        "HOLDFAST_DEMO": "true",
        "COMPOSE_HTTP_TIMEOUT": "180",
    }
    site = Installation(secrets, 0, environment)
    site.docker(
        "run", "--rm", "--network", "none", "--volume", f"{secrets}:/secrets", IMAGE,
        "secrets", "--to", "/secrets", "--set", f"database.members={MEMBERS}",
    )  # fmt: skip
    down = ("down", "--volumes", "--timeout", "1")
    site.compose(*down, within_s=UP_S)  # what an interrupted run left
    try:
        site.compose("up", "--detach", within_s=UP_S)
        patiently(lambda: not site.unhealthy(), UP_S, "health of all containers")
        site.offset = free_offset()  # now: they were other people's while the containers began
        with entrance(ADDRESSES, PORTS, site.offset):
            yield site
    except BaseException:
        _tell(site)
        raise
    finally:
        # a network may still be let go of; whatever stays, the next run takes down
        said([*_composer(), "-p", PROJECT, "-f", str(FILE), *down], site.environment, UP_S)


def python_in_image(code: str) -> str:
    """What a program prints that the image's own Python runs."""
    _require_engine()
    python = ("--entrypoint", "/opt/holdfast/bin/python", IMAGE, "-c", code)
    ran = said(["docker", "run", "--rm", "--network", "none", *python], dict(os.environ), COMMAND_S)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def patiently(condition: Callable[[], bool], within_s: float, what: str) -> None:
    """Return once the condition, which costs something, holds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {within_s:g} s"
        time.sleep(LOOK_EVERY_S)


def told(argv: Sequence[str], site: Installation, within_s: float) -> str:
    """Standard output of a command that must succeed."""
    ran = said(argv, site.environment, within_s)
    assert ran.returncode == 0, f"{' '.join(argv)}: {ran.stdout[-2000:]}{ran.stderr[-4000:]}"
    return ran.stdout


def said(
    argv: Sequence[str], environment: dict[str, str], within_s: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, timeout=within_s, env=environment
    )


def _require_engine() -> None:
    if shutil.which("docker") is None:
        pytest.skip("docker is not installed")
    if os.geteuid():
        pytest.skip("secrets have to be given to the containers' user, which needs root")
    environment = dict(os.environ)
    for words, reason in (
        (["docker", "info"], "no Docker engine answers"),
        ([*_composer(), "version"], "neither docker-compose nor its plugin is installed"),
        (
            ["docker", "image", "inspect", IMAGE],
            f"there is no image {IMAGE}: see deploy/Dockerfile",
        ),
    ):
        if said(words, environment, COMMAND_S).returncode:
            pytest.skip(reason)


def _composer() -> list[str]:
    return ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]


def _is_well(words: Sequence[str]) -> bool:
    service, status, code, *health = words
    if service == ONCE:
        return (status, code) == ("exited", "0")
    return (status, health) == ("running", ["healthy"])


def _tell(site: Installation) -> None:
    """A failed test shows what the containers were and said last."""
    print("\n".join(site.unhealthy()))
    print(said([*_composer(), "-p", PROJECT, "-f", str(FILE), "logs", "--no-color", "--tail=15"],
               site.environment, COMMAND_S).stdout[-30_000:])  # fmt: skip
