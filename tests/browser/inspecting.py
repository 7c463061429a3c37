"""What no page may have, in any light, on any screen: found by axe-core and by looking.

axe-core is put in through the DevTools protocol, which a page's policy does not bind: the policy
that travellers and students get is the one that is tested.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
SERIOUS = ("serious", "critical")
HEAVIEST_BYTES = 100_000
PHONE_PX = 360
DESKTOP_PX = 1280
PAGE_MS = 30_000
# Rows after the sixth are made as those before, and a class has hundreds of cells.
_RUN = """async rules => {
  const some = rules.length ? { runOnly: { type: "rule", values: rules } } : {};
  const what = { exclude: ["tbody tr:nth-child(n+7)"] };
  const found = await axe.run(what, { resultTypes: ["violations"], ...some });
  return found.violations
    .map(one => [one.id, one.impact, one.help, one.nodes.map(node => node.target.join(" "))]);
}"""
_WEIGHT = """() => [...performance.getEntriesByType("navigation"),
  ...performance.getEntriesByType("resource")].reduce((sum, one) => sum + one.decodedBodySize, 0)"""
_TOO_WIDE = "() => document.scrollingElement.scrollWidth - innerWidth"
_EXPECTED = re.compile(r"status of (400|403|404|409|410|422|429|502|503)")
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
    """Looks at pages of one site, in one window for each look."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser = browser
        self._address = address
        self._windows: dict[Look, Page] = {}
        self.complaints: list[str] = []

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
        context.add_init_script(path=AXE)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _EXPECTED.search(message.text):
            self.complaints.append(message.text)

    def faults(self, page: Page, look: Look) -> list[str]:
        """What is wrong with the page that is shown, one sentence each."""
        where = f"{page.url.removeprefix(self._address)} ({look})"
        found: list[Any] = page.evaluate(_RUN, list(look.rules))  # Any: taken apart below
        faults = [
            f"{where}: {rule} ({impact}) at {', '.join(targets[:5])}: {words}"
            for rule, impact, words, targets in found
            if impact in SERIOUS
        ]
        weight = int(page.evaluate(_WEIGHT))
        if not 0 < weight < HEAVIEST_BYTES:
            faults.append(f"{where}: weighs {weight} bytes")
        if (beyond := int(page.evaluate(_TOO_WIDE))) > 0:
            faults.append(f"{where}: is {beyond} px wider than the window")
        if page.locator("html").get_attribute("lang") != look.locale[:2]:
            faults.append(f"{where}: is not in the reader's language")
        faults += [f"{where}: {complaint}" for complaint in self.complaints]
        self.complaints.clear()
        return faults

    def close(self) -> None:
        """Close all windows."""
        for page in self._windows.values():
            page.context.close()


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page where `HOLDFAST_PICTURES` says, for people to look at."""
    folder = os.environ.get("HOLDFAST_PICTURES")
    if folder:
        file = re.sub(r"[^a-z0-9]+", "-", name.lower())
        page.screenshot(path=Path(folder) / f"{file}.png", full_page=True)
