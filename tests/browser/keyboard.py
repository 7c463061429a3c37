"""A person without a mouse: keys are pressed, and wherever the focus goes is judged.

The focus is always to be seen, in the window and not covered; it follows the document, which is
read as it stands. Whatever is wrong is in `Keys.faults`, one sentence each.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from playwright.sync_api import TimeoutError as NotInTime

MOST_TABS = 150
"""From the top of a page to anything on it, but for what arrow keys reach."""
PAGE_MS = 30_000
_EXPECTED = re.compile(r"status of 4\d\d")
_NAME = """element => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "") +
  ` "${(element.getAttribute("aria-label") || element.textContent || element.name || "")
    .trim().replace(/\\s+/g, " ").slice(0, 40)}"`"""
_IS_AT = "what => document.activeElement?.matches(what) ?? false"
# A box that scrolls in itself may do so some frames after the focus has moved.
# Watches each move: to be seen by an outline (its own, its label's or of what holds it), in the
# window, not covered, and after what had the focus before, in the document and for the eye.
_WATCH = """(() => {
  const name = NAME;
  const faults = window.focusFaults = [];
  const FRAMES = 3;
  let before = null, key = "";
  const outlined = element => {
    const style = element && getComputedStyle(element);
    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1
      && style.outlineColor !== "rgba(0, 0, 0, 0)";
  };
  const shown = element =>
    [element, element.closest("label"), element.parentElement].some(outlined);
  const fixed = element => {
    for (let e = element; e; e = e.parentElement) {
      if (["fixed", "sticky"].includes(getComputedStyle(e).position)) return true;
    }
    return false;
  };
  const look = (element, frames) => {
    if (document.activeElement !== element) return;
    const box = element.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + Math.min(box.height, 40) / 2];
    const top = document.elementFromPoint(x, y);
    const near = top && (element.contains(top) || top.contains(element)
      || element.closest("label")?.contains(top));
    if (box.width <= 1 || near) return;
    if (frames > 0) {
      requestAnimationFrame(() => look(element, frames - 1));
      return;
    }
    const where = top ? `is behind ${name(top)}` : "is out of sight";
    faults.push(`${name(element)} has the focus and ${where}`);
  };
  const judge = element => {
    if (!element.matches(":focus-visible")) return;
    if (!shown(element)) faults.push(`${name(element)} has the focus and does not show it`);
    look(element, FRAMES);
    const box = element.getBoundingClientRect();
    if (before && before.isConnected && key === "Tab") {
      const follows = before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
      const old = before.getBoundingClientRect();
      const jumps = follows && box.bottom <= old.top && box.right <= old.left;
      if (jumps && !fixed(before) && !fixed(element)) {
        faults.push(`the focus goes up and back from ${name(before)} to ${name(element)}`);
      }
      if (element.tabIndex > 0) faults.push(`${name(element)} has an order of its own`);
    }
    before = element;
  };
  addEventListener("keydown", event => { key = event.shiftKey ? "" : event.key; }, true);
  addEventListener("focusin", event => requestAnimationFrame(() => {
    if (document.activeElement === event.target) judge(event.target);
  }), true);
})();""".replace("NAME", _NAME)


class Keys:
    """A window that only keys are pressed in."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self._address = address
        self.faults: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _EXPECTED.search(message.text):
            self.faults.append(message.text)

    def open(self, path: str) -> None:
        """Type an address."""
        self.collect()
        self.page.goto(self._address + path)

    def collect(self) -> None:
        """Take over what was wrong on the page that is shown."""
        if self.page.url.startswith("http"):
            found = self.page.evaluate("() => window.focusFaults.splice(0)")
            self.faults += [f"{self.page.url.removeprefix(self._address)}: {one}" for one in found]

    def press(self, *keys: str) -> None:
        """Press keys that stay on the page."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Write over what stands in a field."""
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def go(self, key: str = "Enter") -> None:
        """Press a key that leads to another page, and wait for that."""
        self.collect()
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def is_at(self, selector: str) -> bool:
        """Whether what has the focus is that."""
        return bool(self.page.evaluate(_IS_AT, selector))

    def rests_at(self, selector: str, why: str = "") -> None:
        """That has the focus, or gets it in a moment: a page gives it when it is drawn."""
        try:
            self.page.wait_for_function(_IS_AT, arg=selector)
        except NotInTime as late:
            raise AssertionError(f"{selector} has not the focus: {why}") from late

    def tab_to(self, selector: str, *, back: bool = False) -> None:
        """Press Tab until that has the focus."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            if self.is_at(selector):
                return
        raise AssertionError(f"{MOST_TABS} tabs do not lead to {selector} on {self.page.url}")

    def stops(self, *, most: int = MOST_TABS, back: bool = False) -> list[str]:
        """What Tab leads to, at most so many, until it leaves the page."""
        found: list[str] = []
        for _ in range(most):
            self.page.keyboard.press("Shift+Tab" if back else "Tab")
            here = str(self.page.evaluate(f"() => ({_NAME})(document.activeElement)"))
            if here.startswith("body"):
                break
            found.append(here)
        return found


@contextmanager
def keys(
    browser: Browser, address: str, locale: str = "en-GB", width: int = 1280
) -> Iterator[Keys]:
    """A window, `width` CSS pixels wide, for somebody without a mouse; nothing was wrong in it."""
    context = browser.new_context(
        viewport={"width": width, "height": 800}, locale=locale, timezone_id="Europe/Berlin"
    )
    context.set_default_timeout(PAGE_MS)
    context.add_init_script(_WATCH)
    made = Keys(context, address)
    try:
        yield made
        made.collect()
    finally:
        context.close()
    assert made.faults == [], "\n".join(made.faults)
