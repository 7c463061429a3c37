"""What grading says when it cannot: as axe-core, a phone and a reader see it, in two languages.

Every case is brought about as somebody would, in a real browser, and its page is judged as those of
`test_accessibility` are; beside that it has the right status and says what to do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page

from holdfast.errors import IndefiniteError
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Deadline, plan_of
from holdfast.grading.domain.roster import UserId
from holdfast.grading.entrypoints.results_api.access import COOKIE as COURSE
from holdfast.grading.entrypoints.results_api.access import Role as Course
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.platform.auth.passport import COOKIE as SESSION
from holdfast.platform.auth.roles import Role
from tests.browser.conftest import ADMIN, CLAIM_KEY, Site, serving
from tests.browser.inspecting import LOOKS, Case, Eyes, Look, judged, post, press, send
from tests.support.endpoints import access

pytestmark = pytest.mark.browser

NOBODY_LISTENS = "http://127.0.0.1:9"


@dataclass
class Grading:
    """A course whose results are not open, as it is looked at just now."""

    site: Site
    eyes: Eyes
    look: Look = LOOKS[0]
    cookies: dict[str, tuple[str, str]] = field(default_factory=dict)

    def open(self, path: str, who: str = "") -> Page:
        """A page for somebody."""
        return self.eyes.open(path, self.look, [self.cookies[who]] if who else [])


def _not_any_more(one: Grading) -> Page:
    page = one.open("/teach/deadlines", "teacher")
    page.context.clear_cookies()
    return send(page, text="x")


def _too_much(one: Grading) -> Page:
    page = one.open("/enter")
    page.locator("#token").evaluate("box => { box.value = 'x'.repeat(10_000); }")
    return press(page, "form[action='/enter'] button")


def _away(one: Grading) -> Page:
    return _while_broken(one, IndefiniteError("the store is away"))


def _broken(one: Grading) -> Page:
    return _while_broken(one, ZeroDivisionError())


def _while_broken(one: Grading, error: Exception) -> Page:
    async def fail(_: int) -> None:
        raise error

    kept = one.site.store.user
    one.site.store.user = fail  # type: ignore[method-assign, assignment]
    try:
        return one.open("/students/1000", "viewer")
    finally:
        one.site.store.user = kept  # type: ignore[method-assign]


def _stale(one: Grading) -> Page:
    page = one.open("/teach/deadlines", "teacher")
    send(page, text="2024-a1-t1,,2026-12-01T23:59+01:00,30,20")
    kept = one.site.do(one.site.coursework.plan())
    one.site.do(one.site.coursework.replace_plan(kept.plan, kept.version))
    return press(page, "form.import button")


def _guess(one: Grading) -> Page:
    page = one.open("/enter")
    form = {"name": f"guessed.{one.look.locale}", "password": "guess after guess"}
    for _ in range(5):
        page.context.request.post(f"{one.site.address}/login", form=form)
    return send(page, **form)


def _claim(one: Grading, token: str, address: str) -> Page:
    return send(one.open("/claim"), uid="1000", address=address, token=token)


RIGHT = ClaimKey("course", CLAIM_KEY).token(UserId(1000))
MISTAKES = "2024-a9-t9,,2026-12-01T22:59Z\n2024-a1-t1,,tomorrow\n2024-a1-t1,x,2026-12-01T22:59Z"


CASES: tuple[Case[Grading], ...] = (
    Case("not logged in any more", _not_any_more, 401, "Log in, go back", "Melden Sie sich an"),
    Case(
        "somebody else's",
        lambda one: one.open("/students/1037", "student"),
        403,
        "To your page",
        "Zur eigenen Seite",
    ),
    Case(
        "a student at the desk",
        lambda one: one.open("/teach", "student"),
        403,
        "If you teach here, log in",
        "Wenn Sie hier lehren, melden Sie sich",
    ),
    Case(
        "no such student",
        lambda one: one.open("/students/9999", "viewer"),
        404,
        "It may be mistyped",
        "Vielleicht ist sie vertippt",
    ),
    Case(
        "wrong method",
        lambda one: post(one.open("/tests", "viewer"), "/tests"),
        405,
        "Nothing was changed",
        "Nichts wurde geändert",
    ),
    Case("too much", _too_much, 413, "larger than this page takes", "größer, als diese Seite"),
    Case("store away", _away, 503, "try again in a few seconds", "in einigen Sekunden noch einmal"),
    Case("broken", _broken, 500, "It is not your fault", "Es ist nicht Ihre Schuld"),
    Case(
        "deadlines, preview",
        lambda one: send(
            one.open("/teach/deadlines", "teacher"),
            text="2024-a1-t1,,2026-12-01T23:59+01:00,30,20",
        ),
        200,
        "What would change",
        "Was sich ändern würde",
    ),
    Case(
        "deadlines, mistakes",
        lambda one: send(one.open("/teach/deadlines", "teacher"), text=MISTAKES),
        422,
        "line 2, column due: 'tomorrow' is not a moment: write 2026",
        "Zeile 2, Spalte due: 'tomorrow' ist kein Zeitpunkt: bitte so schreiben: 2026",
    ),
    Case("deadlines, changed meanwhile", _stale, 200, "Somebody changed the course", "hat jemand"),
    Case(
        "roster, mistakes",
        lambda one: send(one.open("/teach/roster", "teacher"), text="x,Ben\n3,"),
        422,
        "line 2, column name: uid 3 has no name",
        "Zeile 2, Spalte name: uid 3 hat keinen Namen",
    ),
    Case("braked", _guess, 429, "Please try again in", "Bitte versuchen Sie es in"),
    Case(
        "wrong course token",
        lambda one: send(one.open("/enter"), token="wrong"),
        403,
        "check it for missing or extra characters",
        "ob Zeichen fehlen oder zu viel sind",
    ),
    Case(
        "university away",
        lambda one: one.open("/login/university"),
        503,
        "Please try again later",
        "Bitte versuchen Sie es später noch einmal",
    ),
    Case(
        "university says no",
        lambda one: one.open("/login/university/back?state=forged&code=x"),
        403,
        "did not confirm who you are",
        "nicht bestätigt, wer Sie sind",
    ),
    Case(
        "in with a token",
        lambda one: one.open("/enter", "teacher"),
        200,
        "With the token of the course staff",
        "Mit dem Schlüssel der Kursleitung",
    ),
    Case("in as a student", lambda one: one.open("/enter", "student"), 200, "1000", "1000"),
    Case(
        "claimed",
        lambda one: _claim(one, RIGHT, "192.0.2.7"),
        200,
        "programs at 192.0.2.7 are graded as 1000",
        "Programme von 192.0.2.7 als 1000 bewertet",
    ),
    Case(
        "claim, wrong token",
        lambda one: _claim(one, "abcd-efgh", "192.0.2.7"),
        400,
        "Your teacher can tell you yours",
        "kann Ihnen die Kursleitung nennen",
    ),
    Case(
        "claim, no address",
        lambda one: _claim(one, RIGHT, "<b>here</b>"),
        400,
        "one looks like 192.0.2.7",
        "eine sieht aus wie 192.0.2.7",
    ),
)


@pytest.fixture(scope="module")
def grading(browser: Browser) -> Iterator[Grading]:
    """A course that shows results to those who may see them."""
    with serving(is_open=False, issuer=NOBODY_LISTENS) as site:
        rules = replace(access(), viewer=b"v" * 32, admin=ADMIN.encode(), now=lambda: 0.0)
        due = Deadline(TestId("2024-a1-t3"), datetime.now(UTC) + timedelta(days=3), 1800, 20)
        kept = site.do(site.coursework.plan())
        site.do(site.coursework.replace_plan(plan_of([due], []), kept.version))
        student = site.do(site.house.session("ada", Role.STUDENT, subject="1000"))
        made = Grading(site, Eyes(browser, site.address))
        made.cookies = {
            "teacher": (COURSE, rules.cookie_for(Course.ADMIN)),
            "viewer": (COURSE, rules.cookie_for(Course.VIEWER)),
            "student": (SESSION, student),
        }
        yield made
        made.eyes.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.replace(" ", "-"))
def test_what_is_refused_is_told_well(grading: Grading, case: Case[Grading]) -> None:
    def play(look: Look) -> Page:
        grading.look = look
        return case.play(grading)

    assert judged("grading", grading.eyes, case, play) == []
