"""A real Chromium, and the real results site on a port of its own with a seeded class."""

import asyncio
import os
import shutil
import socket
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from starlette.requests import Request

from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.entrypoints.results_api.access import Access, Role
from holdfast.grading.entrypoints.results_api.app import Course, Pages, Stores, results_app
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.pages.ground import Planning
from holdfast.grading.pages.routes import enter_page, error_page, routes
from holdfast.grading.service.watch_changes import ChangeHub
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.store.memory_coursework import MemoryCoursework
from holdfast.platform.auth.passport import COOKIE
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.runtime.clock import SystemClock
from tests.support.people import House
from tests.support.results_site import accounts_of
from tests.support.seeded_class import Clock, seeded_store
from tests.support.university import CLIENT, SECRET

T = TypeVar("T")

KINDS = ("chromium-headless-shell", "chromium")
"""Names of Debian's programs; the first draws no window and takes half the time for the same."""
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, KINDS)), KINDS[-1])
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADMIN = "a" * 32
CLAIM_KEY = b"k" * 32
START_S = 20.0
STOP_S = 10.0
PAGE_MS = 15_000


@dataclass(slots=True)
class Site:
    """The running site. `do` runs a coroutine where the site runs."""

    address: str
    store: MemoryStore
    coursework: MemoryCoursework
    hub: ChangeHub
    loop: asyncio.AbstractEventLoop
    house: House

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(START_S)


def _is_teacher(request: Request) -> bool:
    return request.scope.get("state", {}).get("role") is Role.ADMIN


class _Server(threading.Thread):
    """Serves in a thread of its own until told to stop. `issuer`: of a university's log-in."""

    def __init__(self, *, is_open: bool, issuer: str) -> None:
        super().__init__(daemon=True)
        self._is_open = is_open
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self._settings = PeopleSettings(
            public_url=self.address,
            university_issuer=issuer,
            university_name="Example University",
            university_client_id=CLIENT,
            university_roles=("staff=teacher",),
        )
        self.ready = threading.Event()
        self.site: Site | None = None
        self.server: uvicorn.Server | None = None
        self.hub = ChangeHub()

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        store = await seeded_store(CATALOGUE, Clock(), publish=self.hub.publish)
        coursework = MemoryCoursework(store)
        rules = Rules(time_scale=0.01)
        house = House(settings=self._settings)
        app = results_app(
            Stores(store, store, store, store),
            Course(CATALOGUE, rules),
            Access(
                is_open=self._is_open,
                viewer=b"v" * 32,
                admin=ADMIN.encode(),
                service=b"s" * 32,
                now=lambda: 0,
            ),
            settings=ResultsSettings(identity="claimed"),
            claim_key=CLAIM_KEY,
            hub=self.hub,
            pages=Pages(
                enter_page(),
                routes(
                    store,
                    CATALOGUE,
                    rules,
                    SystemClock(),
                    is_teacher=_is_teacher,
                    planning=Planning(coursework, b"p" * 32),
                ),
                error_page(_is_teacher),
                accounts=accounts_of(house, SECRET),
            ),
        )
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="none")
        self.server = uvicorn.Server(config)
        loop = asyncio.get_running_loop()
        self.site = Site(self.address, store, coursework, self.hub, loop, house)
        self.ready.set()
        await self.server.serve(sockets=[self.socket])

    def stop(self) -> None:
        assert self.site is not None
        assert self.server is not None
        self.site.loop.call_soon_threadsafe(self.hub.close)
        self.server.should_exit = True
        self.join(STOP_S)
        assert not self.is_alive()


@contextmanager
def serving(*, is_open: bool = True, issuer: str = "") -> Iterator[Site]:
    """A site until the end of the block."""
    server = _Server(is_open=is_open, issuer=issuer)
    server.start()
    assert server.ready.wait(START_S)
    assert server.site is not None
    yield server.site
    server.stop()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


def require_chromium() -> None:
    """Skip where there is no browser."""
    if shutil.which(CHROMIUM) is None:
        pytest.skip(f"there is no Chromium: {CHROMIUM} cannot be run")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module, not for the session: its driver keeps an event loop running."""
    require_chromium()
    with sync_playwright() as driver:
        expect.set_options(timeout=PAGE_MS)
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


class Reader:
    """Opens pages of the site as a reader with certain habits, and hears what goes wrong."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self._browser = browser
        self._site = site
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def open(
        self,
        path: str,
        *,
        width: int = 1280,
        height: int = 800,
        dark: bool = False,
        scripts: bool = True,
        locale: str = "en-GB",
        teacher: bool = False,
        session: str = "",
    ) -> Page:
        """A page in a window of its own. `teacher`: with the admin's token; `session`: of somebody
        who has logged in."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            locale=locale,
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(PAGE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear_console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        if teacher:
            page.goto(f"{self._site.address}/enter?token={ADMIN}")
        if session:
            context.add_cookies([{"name": COOKIE, "value": session, "url": self._site.address}])
        page.goto(self._site.address + path)
        return page

    def _hear_console(self, message: Any) -> None:  # Any: playwright's own type is not exported
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


@pytest.fixture
def reader(browser: Browser, site: Site) -> Iterator[Reader]:
    reader = Reader(browser, site)
    yield reader
    reader.close()
    assert reader.complaints == []
