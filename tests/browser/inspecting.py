"""What no page may have, in any light, on any screen: found by axe-core and by looking.

axe-core is put in through the DevTools protocol, which a page's policy does not bind: the policy
that travellers and students get is the one that is tested.
"""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

T = TypeVar("T")
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
SERIOUS = ("serious", "critical")
HEAVIEST_BYTES = 100_000
PHONE_PX = 360
TABLET_PX = 768
DESKTOP_PX = 1280
LEAST_CONTRAST = 4.5
PAGE_MS = 30_000
# Rows after the sixth are made as those before, and a class has hundreds of cells.
_BEGIN = """rules => {
  const some = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
  const what = { exclude: ["tbody tr:nth-child(n+7)"] };
  window.judged = axe.run(what, { resultTypes: ["violations"], ...some });
}"""
_END = """async () => (await window.judged).violations
  .map(one => [one.id, one.impact, one.help, one.nodes.map(node => node.target.join(" "))])"""
_SAID = """() => [document.documentElement.lang, document.querySelectorAll("h1").length,
  document.querySelector("main").innerText]"""
CONTRAST = """element => {
  const often = { willReadFrequently: true };
  const canvas = document.createElement("canvas").getContext("2d", often);
  const rgb = (...colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = values => values
    .map(v => v / 255)
    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const backs = [];
  for (let e = element; e; e = e.parentElement) {
    backs.unshift(getComputedStyle(e).backgroundColor);
  }
  const own = getComputedStyle(element).color;
  const [more, less] = [light(rgb(...backs)), light(rgb(...backs, own))].sort((a, b) => b - a);
  return (more + 0.05) / (less + 0.05);
}"""
"""The contrast of an element's text with what is behind it, after WCAG."""
_WEIGHT = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].reduce((sum, one) => sum + one.decodedBodySize, 0)"""
_POST = """path => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = path;
  document.body.append(form);
  form.submit();
}"""
# What a bar at the lower edge of the window half covers can be scrolled free, and is here.
_TO_THE_END = "() => scrollTo(0, document.documentElement.scrollHeight)"
_TOO_WIDE = "() => document.scrollingElement.scrollWidth - innerWidth"
_EXPECTED = re.compile(r"status of (4\d\d|500|502|503)")
"""A browser complains in its console of each page that tells of an error, and may."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at: in which light, width (CSS pixels) and language. `rules`: of
    axe-core; none means all."""

    dark: bool
    width: int
    locale: str
    rules: Sequence[str] = ()

    def __str__(self) -> str:
        light = "dark" if self.dark else "light"
        return f"{light}, {self.width} px, {self.locale}"


LOOKS = (
    Look(False, DESKTOP_PX, "en-GB"),
    Look(
        True,
        PHONE_PX,
        "de-DE",
        (
            "color-contrast",
            "document-title",
            "html-has-lang",
            "label",
            "link-in-text-block",
            "meta-viewport",
            "scrollable-region-focusable",
            "target-size",
        ),
    ),
)
"""Each light, width and language once. What is the same document in both is judged once."""


class Eyes:
    """Looks at pages of one site, in one window for each look. `statuses`: of the document that
    each window shows; `complaints`: what a window's console said."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._windows: dict[Look, Page] = {}
        self.statuses: dict[Look, int] = {}
        self.complaints: dict[Look, list[str]] = {}

    def open(self, path: str, look: Look, cookies: Sequence[tuple[str, str]] = ()) -> Page:
        """A page of the site for a browser that brings just these cookies."""
        if look not in self._windows:
            self._windows[look] = self._window(look)
        page = self._windows[look]
        page.context.clear_cookies()
        for name, value in cookies:
            page.context.add_cookies([{"name": name, "value": value, "url": self._address}])
        page.goto(self._address + path)
        return page

    def _window(self, look: Look) -> Page:
        context: BrowserContext = self._browser.new_context(
            viewport={"width": look.width, "height": 800},
            color_scheme="dark" if look.dark else "light",
            locale=look.locale,
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(PAGE_MS)
        page = context.new_page()
        said = self.complaints.setdefault(look, [])
        page.on("console", lambda message: _hear(message, said))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        page.on("response", lambda response: self._see(look, response))
        return page

    def _see(self, look: Look, response: Response) -> None:
        if response.request.is_navigation_request():
            self.statuses[look] = response.status

    def begin(self, look: Look) -> None:
        """Let axe-core begin; meanwhile another window may be looked at."""
        page = self._windows[look]
        page.evaluate(_TO_THE_END)
        page.evaluate(AXE)
        page.evaluate(_BEGIN, list(look.rules))

    def faults(self, look: Look, texts: Sequence[str] = ()) -> list[str]:
        """What is wrong with the page that is shown and was begun with, one sentence each.
        `texts`: selectors of words whose contrast axe-core may not see."""
        page = self._windows[look]
        found: list[Any] = page.evaluate(_END)  # Any: taken apart below
        faults = [
            f"{rule} ({impact}) at {', '.join(targets[:5])}: {words}"
            for rule, impact, words, targets in found
            if impact in SERIOUS
        ]
        weight = int(page.evaluate(_WEIGHT))
        if not 0 < weight < HEAVIEST_BYTES:
            faults.append(f"weighs {weight} bytes")
        language, headings, _ = page.evaluate(_SAID)
        if language != look.locale[:2]:
            faults.append("is not in the reader's language")
        if headings != 1:
            faults.append(f"has {headings} first headings")
        for text in texts:
            if (contrast := page.locator(text).first.evaluate(CONTRAST)) < LEAST_CONTRAST:
                faults.append(f"{text} stands out by {contrast:.2f} only")
        faults += [*self._too_wide(page, look), *self.complaints[look]]
        self.complaints[look].clear()
        where = f"{page.url.removeprefix(self._address)} ({look})"
        return [f"{where}: {fault}" for fault in faults]

    def _too_wide(self, page: Page, look: Look) -> list[str]:
        """In the window's own width, and a desktop's page in smaller windows, too."""
        widths = {look.width, *((TABLET_PX, PHONE_PX) if look.width == DESKTOP_PX else ())}
        faults = []
        for width in sorted(widths, reverse=True):
            if width != look.width:
                page.set_viewport_size({"width": width, "height": 800})
            if (beyond := int(page.evaluate(_TOO_WIDE))) > 0:
                faults.append(f"is {beyond} px wider than a window of {width} px")
        if len(widths) > 1:
            page.set_viewport_size({"width": look.width, "height": 800})
        return faults

    def said(self, look: Look) -> str:
        """The words of the page that is shown."""
        return str(self._windows[look].evaluate(_SAID)[2])

    def close(self) -> None:
        """Close all windows."""
        for page in self._windows.values():
            page.context.close()


@dataclass(frozen=True, slots=True)
class Case(Generic[T]):
    """How a page comes about, its status, and what it says in English and German."""

    name: str
    play: Callable[[T], Page]
    status: int
    english: str
    german: str


def judged(app: str, eyes: Eyes, case: Case[T], play: Callable[[Look], Page]) -> list[str]:
    """All that is wrong with a case's page in every look; `play` brings it about."""
    faults = []
    for look in LOOKS:
        picture(play(look), f"{app}-error-{case.name}-{look}")
        eyes.begin(look)
        status, words = eyes.statuses[look], " ".join(eyes.said(look).split())
        if status != case.status:
            faults.append(f"{case.name} ({look}): status {status}")
        if (expected := case.german if look.locale == "de-DE" else case.english) not in words:
            faults.append(f"{case.name} ({look}): says not {expected!r} but {words!r}")
    return faults + [fault for look in LOOKS for fault in eyes.faults(look)]


def send(page: Page, **fields: str) -> Page:
    """Fill in fields by id, press the button of the last one's form, wait for what comes."""
    for name, text in fields.items():
        page.fill(f"#{name}", text)
    form = page.locator("form", has=page.locator(f"#{list(fields)[-1]}"))
    with page.expect_navigation():
        form.locator("button").first.click()
    return page


def post(page: Page, path: str) -> Page:
    """Send what no form of a page sends."""
    with page.expect_navigation():
        page.evaluate(_POST, path)
    return page


def press(page: Page, selector: str) -> Page:
    """Press a button and wait for what comes."""
    with page.expect_navigation():
        page.locator(selector).first.click()
    return page


def _hear(message: ConsoleMessage, into: list[str]) -> None:
    if message.type in ("error", "warning") and not _EXPECTED.search(message.text):
        into.append(message.text)


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page where `HOLDFAST_PICTURES` says, for people to look at."""
    folder = os.environ.get("HOLDFAST_PICTURES")
    if folder:
        file = re.sub(r"[^a-z0-9]+", "-", name.lower())
        page.screenshot(path=Path(folder) / f"{file}.png", full_page=True)
