"""The seed's API, as its clients know it: `/users`, `/assignments`, `/online`.

Objects are `{uid, name}` and `{assignment, passed, uid}`: one of the latter for each student and
test that has counted, `assignment` being the test's number. Nothing attempted is an empty list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenario import Scenario
from holdfast.grading.domain.standings import BestResult
from holdfast.grading.entrypoints.results_api.endpoints import UID, Endpoint, Parameter
from holdfast.grading.entrypoints.results_api.problems import not_found
from holdfast.grading.entrypoints.results_api.requests import student_in_path
from holdfast.grading.entrypoints.results_api.shapes import AssignmentShape, UserShape
from holdfast.grading.service.ports import Results

NUMBER = Parameter("number", "path", {"type": "integer", "minimum": 0}, "An assignment's number.")


@dataclass(frozen=True, slots=True)
class SeedPaths:
    """The handlers. `catalogue` says which assignment a test belongs to."""

    results: Results
    catalogue: Mapping[TestId, Scenario]

    async def users(self, _: Request) -> list[UserShape]:
        """The roster."""
        return [UserShape.of(user) for user in await self.results.users()]

    async def user(self, request: Request) -> UserShape:
        """One student."""
        return UserShape.of(await student_in_path(request, self.results))

    async def assignments_of(self, request: Request) -> list[AssignmentShape]:
        """One student's results."""
        user = await student_in_path(request, self.results)
        return self._shapes(await self.results.best_results(user.uid))

    async def assignments(self, _: Request) -> list[AssignmentShape]:
        """Everybody's results."""
        return self._shapes(await self.results.best_results())

    async def assignment(self, request: Request) -> list[AssignmentShape]:
        """Everybody's results at one assignment."""
        text = request.path_params["number"]
        known = {scenario.assignment for scenario in self.catalogue.values()}
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) in known):
            numbers = ", ".join(map(str, sorted(known)))
            raise not_found(f"there is no assignment {text[:20]!r}", f"there are {numbers}")
        shapes = self._shapes(await self.results.best_results())
        return [shape for shape in shapes if shape.assignment == int(text)]

    async def online(self, _: Request) -> list[UserShape]:
        """Students with an active lease or a running attempt."""
        return [UserShape.of(user) for user in await self.results.online()]

    def _shapes(self, best: Sequence[BestResult]) -> list[AssignmentShape]:
        return [
            AssignmentShape.of(one, self.catalogue[one.test].assignment)
            for one in best
            if one.test in self.catalogue
        ]

    def endpoints(self) -> list[Endpoint]:
        """Their declarations."""
        users, results = list[UserShape], list[AssignmentShape]
        of_user, of_number = (UID,), (NUMBER,)
        return [
            Endpoint("GET", "/users", "All students", self.users, users),
            Endpoint("GET", "/users/{uid}", "A student", self.user, UserShape, (404,), of_user),
            Endpoint(
                "GET",
                "/users/{uid}/assignments",
                "A student's best results",
                self.assignments_of,
                results,
                (404,),
                of_user,
            ),
            Endpoint("GET", "/assignments", "Everybody's best results", self.assignments, results),
            Endpoint(
                "GET",
                "/assignments/{number}",
                "Everybody's best results at one assignment",
                self.assignment,
                results,
                (404,),
                of_number,
            ),
            Endpoint("GET", "/online", "Students who are active now", self.online, users),
        ]
