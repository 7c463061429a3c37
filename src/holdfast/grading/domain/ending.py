"""How an attempt ends: from what the scenario raised or left behind to a verdict with its reason.

PURE. The peer's fault (a divergence, a flood) fails the attempt; ours (a crash, an overrun) is
infrastructure and costs the student nothing. A verdict only worsens.
"""

from dataclasses import dataclass
from types import TracebackType

from holdfast.grading.domain.recorder import clean
from holdfast.grading.domain.requests import Diverged, Overrun, Stopped, Unanswerable, Undecided
from holdfast.grading.domain.transcript import Divergence
from holdfast.grading.domain.verdict import Check, CheckState, Verdict, worst

PASSED = "Every check passed."
CRASHED = (
    "The test itself failed, not your program: the course staff can see why. This attempt does "
    "not count; please try again."
)
AWAY = (
    "The course's store could not be reached, so nobody knows. This attempt does not count; please "
    "try again."
)
NOTE_FRAMES = 20
"""How many frames of a traceback the teacher gets, innermost last."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A verdict with one sentence for the student and, maybe, a note for the teacher."""

    verdict: Verdict
    reason: str
    teacher_note: str = ""


def ending_of(
    error: BaseException | None, checks: tuple[Check, ...], failure: Divergence | None
) -> Ending:
    """How an attempt ends whose scenario returned (None) or raised `error`."""
    match error:
        case None:
            return _returned(checks, failure)
        case Diverged(hint=hint):
            return Ending(Verdict.FAIL, failure.hint if failure else clean(hint))
        case Stopped():
            return Ending(Verdict.FAIL, failure.hint if failure else "A required check failed.")
        case Undecided():
            return Ending(Verdict.INCONCLUSIVE, clean(str(error)))
        case Unanswerable():
            return Ending(Verdict.INFRASTRUCTURE, AWAY, clean(str(error)))
        case _:
            return Ending(Verdict.INFRASTRUCTURE, CRASHED, describe_error(error))


def worsen(ending: Ending, checks: tuple[Check, ...]) -> Ending:
    """The ending, but never better than its checks."""
    failed = any(check.state is CheckState.FAIL for check in checks)
    verdict = worst(ending.verdict, Verdict.FAIL if failed else Verdict.PASS)
    return Ending(verdict, ending.reason, ending.teacher_note)


def describe_error(error: BaseException) -> str:
    """A short traceback without file contents: type, text, and the frames, innermost last."""
    lines = [f"{type(error).__name__}: {_text(error)}"]
    trace: TracebackType | None = error.__traceback__
    frames: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        place = "/".join(code.co_filename.replace("\\", "/").split("/")[-2:])
        frames.append(f"  {place}:{trace.tb_lineno} in {code.co_qualname}")
        trace = trace.tb_next
    kind = "our limit" if isinstance(error, Overrun) else "our mistake"
    return clean("\n".join([*lines, *frames[-NOTE_FRAMES:], f"({kind})"]))


def _returned(checks: tuple[Check, ...], failure: Divergence | None) -> Ending:
    if failure is not None:
        return Ending(Verdict.FAIL, failure.hint)
    missing = [check.name for check in checks if check.state is CheckState.NOT_REACHED]
    if missing:
        names = ", ".join(missing)
        return Ending(Verdict.INCONCLUSIVE, f"The test ended without reaching: {names}.")
    return Ending(Verdict.PASS, PASSED)


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # whatever a scenario raises must not hurt the engine
        return "(it cannot be shown)"
