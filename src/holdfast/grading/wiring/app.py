"""The law of `APP`: what grading tells the platform about itself."""

from collections.abc import Sequence

from holdfast.grading.domain.rules import Rules
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings, is_open
from holdfast.grading.wiring import listeners as ports
from holdfast.grading.wiring.commands import COMMANDS
from holdfast.grading.wiring.front import sites
from holdfast.grading.wiring.journeys import JOURNEYS
from holdfast.grading.wiring.programs import PROGRAMS
from holdfast.grading.wiring.roles import GRADING
from holdfast.grading.wiring.settings import GradingSettings, results_url
from holdfast.platform.runtime.app import App, Process, Shortcut
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings


def _run_results(effective: Effective) -> None:
    from holdfast.grading.wiring.processes import run_results

    run_results(effective)


def _run_node(effective: Effective) -> None:
    from holdfast.grading.wiring.processes import run_node

    run_node(effective)


def _check(effective: Effective) -> None:
    from holdfast.grading.wiring.prepare import check

    check(effective)


def _prepare(effective: Effective) -> None:
    from holdfast.grading.wiring.prepare import prepare

    prepare(effective)


def _summary(effective: Effective) -> Sequence[str]:
    fleet = effective.section(FleetSettings)
    course = effective.section(Rules)
    url = results_url(effective.section(GradingSettings), fleet)

    def shown(numbers: Sequence[int]) -> str:
        return " ".join(str(fleet.port(number)) for number in numbers)

    scale = course.time_scale
    practice = "" if scale == 1 else f" (practice: lease times x {scale:g})"
    return (
        f"results    {url}/",
        f"students   {fleet.host}: TCP {shown(ports.COURSE_TCP_PORTS)},"
        f" UDP {shown(ports.COURSE_UDP_PORTS)}{practice}",
        f"prototype  {fleet.host}: TCP {shown([ports.SEED_PORT])}",
        *_access_lines(effective, url),
        f"try        holdfast student --all --uid 1234{_same_ports(fleet)}",
    )


def _access_lines(effective: Effective, url: str) -> list[str]:
    fleet = effective.section(FleetSettings)
    lines = []
    if not is_open(effective.section(ResultsSettings), fleet):
        lines.append(f"reading    log in at {url}/enter with {fleet.data / 'viewer.token'}")
    lines.append(f"teaching   with the token in {fleet.data / 'admin.token'}")
    return lines


def _people_url(effective: Effective) -> str:
    return results_url(effective.section(GradingSettings), effective.section(FleetSettings))


def _same_ports(fleet: FleetSettings) -> str:
    return f" --port-offset {fleet.port_offset}" if fleet.port_offset else ""


APP = App(
    name="grading",
    listeners=ports.listeners,
    processes=(
        Process(
            "results-api",
            "keep and show what was graded",
            _run_results,
            stage=1,
            lets_people_in=True,
            imports=(
                "holdfast.grading.wiring.processes",
                "holdfast.grading.wiring.results_site",
                "holdfast.grading.wiring.store",
                "holdfast.grading.entrypoints.results_api.process",
                "holdfast.grading.service.watch_changes",
                "holdfast.platform.gateway.behind",
            ),
        ),
        Process(
            "node",
            "play the other side of the protocol and judge",
            _run_node,
            stage=3,
            copies=lambda effective: effective.section(GradingSettings).nodes,
            imports=(
                "holdfast.grading.wiring.processes",
                "holdfast.grading.domain.scenarios",
                "holdfast.grading.entrypoints.node",
                "holdfast.grading.entrypoints.results_api.settings",
                "holdfast.grading.service.session_place",
                "holdfast.grading.store.remote",
                "httpcore",
            ),
        ),
    ),
    commands=COMMANDS,
    sections={"grading": GradingSettings, "course": Rules, "results": ResultsSettings},
    shortcuts=(
        Shortcut("--nodes", "grading.nodes", "how many nodes to run"),
        Shortcut("--roster", "grading.roster", "CSV file (uid,name) to import at the start"),
        Shortcut(
            "--time-scale", "course.time_scale", "0.01 makes lease times a hundred times shorter"
        ),
    ),
    check=_check,
    prepare=_prepare,
    summary=_summary,
    schema=GRADING,
    journeys=JOURNEYS,
    programs=PROGRAMS,
    secrets=("service.token", "seed.key", "admin.token", "viewer.token", "claim.key"),
    people_url=_people_url,
    sites=sites,
)
