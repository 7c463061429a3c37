"""The law of grading's commands: their arguments, and which part carries them out."""

import argparse
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.grading.domain.roster import MAX_SHOWN, MAX_USER_ID, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.wiring.settings import GradingSettings, reachable, results_url
from holdfast.platform.runtime.app import Command
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.secrets import read_key
from holdfast.platform.runtime.settings import FleetSettings

MAX_PORT = 65535


def _user_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_USER_ID):
        raise argparse.ArgumentTypeError(f"{text!r} is not an id from 0 to {MAX_USER_ID}")
    return int(text)


def _shown_id(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_SHOWN):
        raise argparse.ArgumentTypeError(f"{text!r} is not an id, nor the number of one")
    return int(text)


def _attempts_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("uid", type=_shown_id, metavar="UID", help="the student's id")
    parser.add_argument("--limit", type=int, default=20, help="how many, newest first")


def _attempts(given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.grading.entrypoints.attempts import show_attempts

    fleet = effective.section(FleetSettings)
    url = results_url(effective.section(GradingSettings), fleet)
    return show_attempts(
        url, given.uid, limit=max(1, min(given.limit, 200)), token=viewer_token(effective)
    )


def viewer_token(effective: Effective) -> str:
    """The reading token of this machine's data folder, if there is one."""
    fleet = effective.section(FleetSettings)
    settings = effective.section(ResultsSettings)
    path = Path(settings.viewer_token_file or fleet.data / "viewer.token")
    with suppress(FileNotFoundError):
        return read_key(path).decode("ascii", "replace")
    return ""


def _audit_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")


def _audit(given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.grading.wiring.auditing import audit

    return audit(effective, as_json=given.json)


def _practice_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("wish", choices=("on", "off", "show"), help="what is wanted")


def _practice(given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.grading.entrypoints.practice import switch_practice

    fleet = effective.section(FleetSettings)
    settings = effective.section(ResultsSettings)
    url = results_url(effective.section(GradingSettings), fleet)
    path = Path(settings.admin_token_file or fleet.data / "admin.token")
    try:
        token = read_key(path)
    except OSError as error:
        raise Mistake(f"The admin token {path} cannot be read: {error.strerror}.") from None
    return switch_practice(url, token.decode("ascii", "replace"), given.wish)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 0 to {MAX_PORT}")
    return int(text)


def _speed(text: str) -> float:
    with suppress(ValueError):
        if 0.01 <= float(text) <= 1000:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0.01 to 1000")


def _replay_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the transcript of an attempt")
    parser.add_argument(
        "--listen", type=_port, metavar="PORT", help="play the server's side on this port; 0: any"
    )
    parser.add_argument("--speed", type=_speed, default=1.0, metavar="N", help="N times as fast")
    parser.add_argument("--once", action="store_true", help="end after one conversation")


def _replay(given: argparse.Namespace, _: Effective) -> int:
    from holdfast.grading.entrypoints.replaying import judge_again, listen

    if given.listen is None:
        return judge_again(given.file)
    return listen(given.file, given.listen, speed=given.speed, ends=given.once)


def _student_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("test", nargs="*", metavar="TEST", help="id of a test, e.g. 2024-a1-t2")
    parser.add_argument("--all", action="store_true", help="all tests, at the same time")
    parser.add_argument("--uid", type=_user_id, required=True, metavar="N", help="play as this id")
    parser.add_argument("--host", default="", metavar="NAME", help="where the server is")


def _student(given: argparse.Namespace, effective: Effective) -> int:
    from holdfast.grading.entrypoints.student import StudentOptions, named_tests, play_student
    from holdfast.grading.entrypoints.student_driver import Target

    tests = named_tests(given.test, every=given.all)
    fleet = effective.section(FleetSettings)
    host = given.host or reachable(fleet.host)
    url = results_url(effective.section(GradingSettings), replace(fleet, host=host))
    options = StudentOptions(
        uid=UserId(given.uid),
        target=Target(host, fleet.port_offset),
        rules=rules_of(effective, url),
        results_url=url,
        token=viewer_token(effective),
    )
    return play_student(tests, options)


def rules_of(effective: Effective, url: str) -> Rules:
    """The numbers that the server says it plays by; a time scale given here is taken instead."""
    import msgspec

    from holdfast.grading.entrypoints.attempts import get_json

    answer = get_json(f"{url}/api/grading/tests", viewer_token(effective))
    rules = msgspec.convert(answer["rules"], Rules)
    if effective.origin("course.time_scale") == "default":
        return rules
    return replace(rules, time_scale=effective.section(Rules).time_scale)


COMMANDS = (
    Command(
        "student",
        "play the reference client of a test and print what it saw",
        _student_arguments,
        _student,
    ),
    Command(
        "attempts",
        "print a student's attempts, verdicts and reasons",
        _attempts_arguments,
        _attempts,
    ),
    Command(
        "practice",
        "begin or end practice mode, in which attempts do not count",
        _practice_arguments,
        _practice,
    ),
    Command(
        "replay",
        "judge a recorded attempt again, or play its server's side",
        _replay_arguments,
        _replay,
    ),
    Command("audit", "check that what was graded adds up", _audit_arguments, _audit),
)
