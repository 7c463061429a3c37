"""The coroutines of one attempt: main flow, branches of `first_of`, backgrounds.

PURE. Steps one of them at a time, in a fixed order, so that the same events always lead to the same
course. Branches report to their parent; what a background or the main flow raises ends the attempt.
What a request means is the engine's business.
"""

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from math import inf
from typing import Any

from holdfast.grading.domain.inbox import Listener
from holdfast.grading.domain.requests import Overrun, Race, ScenarioFault
from holdfast.grading.domain.templates import Like, compare
from holdfast.grading.wire.message import Message

Body = Coroutine[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait for nothing but time."""

    deadline_s: float


@dataclass(frozen=True, slots=True)
class Reply:
    """A wait for the answer to a question; whoever answers keeps the time."""

    ask: int
    deadline_s: float = inf


@dataclass(frozen=True, slots=True)
class Meeting:
    """A wait until all these peers are there."""

    roles: tuple[str, ...]
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Branches:
    """A wait for the first of some branches."""

    deadline_s: float = inf


Wait = Listener | Pause | Reply | Meeting | Branches


@dataclass(slots=True, eq=False)
class Divert:
    """A background that takes messages: they queue here while its handler is at work."""

    peer: str
    template: Message | Like[Any]
    handler: Callable[[Any], Body]
    queue: deque[Message] = field(default_factory=deque)
    task: "Task | None" = None


@dataclass(slots=True, eq=False)
class Task:
    """One coroutine. `parent` and `branch` when it runs in a `first_of`."""

    body: Body
    is_main: bool = False
    parent: "Task | None" = None
    branch: int = 0
    divert: Divert | None = None
    wait: Wait | None = None
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Yielded:
    """A task wants something."""

    task: Task
    request: object


@dataclass(frozen=True, slots=True)
class Ended:
    """The main flow returned (`error` None), or it or a background raised."""

    error: BaseException | None


class Tasks:
    """All coroutines of one attempt."""

    __slots__ = ("_alive", "_backgrounds", "_current", "_limit", "_number", "_ready")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._alive: dict[Task, None] = {}
        self._ready: deque[tuple[Task, object, BaseException | None]] = deque()
        self._backgrounds: dict[int, Task | Divert] = {}
        self._number = 0
        self._current: Task | None = None

    @property
    def has_ready(self) -> bool:
        """True while a task can go on without an event."""
        return bool(self._ready)

    @property
    def is_alive(self) -> bool:
        """True while there are coroutines that have not ended."""
        return bool(self._alive)

    def waiting(self) -> list[tuple[Task, Wait]]:
        """Tasks that wait and for what, in the order in which they began to."""
        return [(task, task.wait) for task in self._alive if task.wait is not None]

    def start(self, body: Body) -> None:
        """Start the main flow."""
        self._add(Task(body, is_main=True))

    def spawn(self, body: Body) -> int:
        """Start a background; returns the number to cancel it by."""
        task = self._add(Task(body))
        return self._register(task)

    def divert(self, divert: Divert) -> int:
        """Start a background that takes messages; returns the number to cancel it by."""
        return self._register(divert)

    def take(self, peer: str, message: Message) -> bool:
        """Give the message to the first background that wants it; False if none does."""
        for background in self._backgrounds.values():
            if (
                isinstance(background, Divert)
                and background.peer == peer
                and compare(background.template, message) is None
            ):
                background.queue.append(message)
                self._serve(background)
                return True
        return False

    def race(self, parent: Task, race: Race) -> None:
        """Let `parent` wait for the first of the branches."""
        self.wait(parent, Branches())
        for index, body in enumerate(race.branches):
            self._add(Task(body, parent=parent, branch=index))

    def wait(self, task: Task, wait: Wait) -> None:
        """Put the task to sleep; it goes behind those that already wait."""
        task.wait = wait
        del self._alive[task]
        self._alive[task] = None

    def resume(self, task: Task, value: object = None, error: BaseException | None = None) -> None:
        """Let the task go on with a value, or with an exception raised where it waits."""
        task.wait = None
        self._ready.append((task, value, error))

    def step(self) -> Yielded | Ended | None:
        """Let the next ready task run until it wants something or ends. None: nothing to do."""
        task, value, error = self._ready.popleft()
        if task.is_over:
            return None
        self._current = task
        try:
            request = task.body.send(value) if error is None else task.body.throw(error)
        except StopIteration as stop:
            return self._ended(task, stop.value, None)
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            return self._ended(task, None, raised)
        finally:
            self._current = None
        if task not in self._alive:  # it has cancelled itself
            _close(task.body)
            return None
        return Yielded(task, request)

    def cancel(self, number: int) -> None:
        """End a background; harmless when it is over."""
        background = self._backgrounds.pop(number, None)
        if isinstance(background, Divert):
            background.queue.clear()
            background = background.task
        if background is not None:
            self._drop(background)

    def close(self) -> None:
        """End everything; `finally` blocks of scenarios run. May raise what they raise."""
        self._backgrounds.clear()
        self._ready.clear()
        for task in list(self._alive):
            self._drop(task)

    def _add(self, task: Task) -> Task:
        if len(self._alive) >= self._limit:
            task.body.close()
            raise Overrun(f"more than {self._limit} branches and backgrounds at once")
        self._alive[task] = None
        self._ready.append((task, None, None))
        return task

    def _register(self, background: Task | Divert) -> int:
        if len(self._backgrounds) >= self._limit:
            raise Overrun(f"more than {self._limit} backgrounds")
        self._number += 1
        self._backgrounds[self._number] = background
        return self._number

    def _serve(self, divert: Divert) -> None:
        if divert.task is None and divert.queue:
            divert.task = self._add(Task(divert.handler(divert.queue.popleft()), divert=divert))

    def _ended(self, task: Task, value: object, error: BaseException | None) -> Ended | None:
        self._drop(task)
        if isinstance(error, Overrun):
            return Ended(error)
        parent = task.parent
        if parent is not None:
            for sibling in [other for other in self._alive if other.parent is parent]:
                self._drop(sibling)
            self.resume(parent, (task.branch, value), error)
            return None
        if task.is_main or error is not None:
            return Ended(error)
        if task.divert is not None:
            task.divert.task = None
            self._serve(task.divert)
        return None

    def _drop(self, task: Task) -> None:
        """End a task and its branches."""
        if task.is_over:
            return
        task.is_over = True
        task.wait = None
        self._alive.pop(task, None)
        for branch in [other for other in self._alive if other.parent is task]:
            self._drop(branch)
        if task is not self._current:
            _close(task.body)


def _close(body: Body) -> None:
    try:
        body.close()
    except RuntimeError as error:
        raise ScenarioFault(f"a scenario awaited something while it was ended: {error}") from error
