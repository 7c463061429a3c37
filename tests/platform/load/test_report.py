"""A run says what was driven and what is guessed, and never mixes them."""

from collections import Counter
from dataclasses import replace

from holdfast.platform.load.report import IdleSeen, Run, as_json, as_lines, nearest
from holdfast.platform.load.tally import Cost, Programs, Round, Tally


def run() -> Run:
    tally = Tally()
    for _ in range(100):
        tally.asked["grid"] += 1
        tally.since_due.note(0.010)
        tally.since_sent.note(0.005)
    tally.failed["grid", "500"] += 1
    cost = Cost({"results-api-1": 2.0}, {"results-api-1": 50 << 20}, 1.0)
    return Run(1_000, 100, 10.0, 10.0, 2, tally, cost, IdleSeen())


def test_the_driven_share_is_told_and_the_rest_is_one_multiplication() -> None:
    said = as_json(run())
    assert said["driven_share"] == 0.1
    assert said["error_rate"] == 0.01
    assert said["answered_per_s"] == 10.0
    assert said["fleet_cpu_cores"] == 0.2
    guess = said["extrapolated"]
    assert isinstance(guess, dict)
    assert (guess["requests_per_s"], guess["fleet_cpu_cores"]) == (100.0, 2.0)
    lines = as_lines(run())
    assert lines[0].startswith("driven       100 of 1000 users (10.0%)")
    assert "not driven" in lines[-1]


def test_a_crowd_that_was_all_driven_leaves_nothing_to_guess() -> None:
    whole = replace(run(), users=100)
    assert as_json(whole)["extrapolated"] == {}
    assert not any("extrapolated" in line for line in as_lines(whole))


def test_idle_connections_have_their_line() -> None:
    opened = Round(asked=20, answered=16, failed=Counter(refused=4))
    again = Round(asked=15, answered=14, open_ones=15, failed=Counter({"closed-before": 1}))
    seen = IdleSeen(20, (1, 2), opened, again, {"balancer": 32 << 10})
    idle = replace(run(), idle=seen)
    text = "\n".join(as_lines(idle))
    assert "16 of 20 held {'refused': 4}, 15 open at the end, all asked again, 14 answered" in text
    assert "KiB for each: balancer 2.0" in text
    said = as_json(idle)["idle"]
    assert isinstance(said, dict)
    assert (said["held"], said["error_rate"], said["bytes_each"]) == (16, 0.3, {"balancer": 2048})
    assert "idle " not in "\n".join(as_lines(run())), "where nobody wanted any"


def test_attempts_have_a_line_where_there_were_some() -> None:
    seen = Programs(begun=3)
    seen.ended["t1", "right"] += 2
    seen.ended["t2", "lost"] += 1
    made = replace(run(), programs=seen)
    assert "attempts     3: 2 right, 0 wrong, 1 lost {'t2 lost': 1}" in "\n".join(as_lines(made))
    told = as_json(made)["attempts"]
    assert isinstance(told, dict)
    assert (told["right"], told["lost"], told["bad"]) == (2, 1, {"t2 lost": 1})
    assert "attempts" not in "\n".join(as_lines(run()))


def test_what_came_nearest_to_its_limit_is_told_first() -> None:
    cost = Cost(
        {"results-api-1": 5.0, "database": 30.0},
        {"results-api-1": 10.0},
        1.0,
        {"balancer": (90, 100)},
        frozenset({"database"}),
    )
    told = nearest(replace(run(), cost=cost, machine_bytes=1_000, cores=9))
    assert told == [
        ("descriptors of balancer", 0.9),
        ("one processor for results-api-1", 0.5),
        ("processors of the machine", 0.4),
        ("memory of the machine", 0.01),
    ], "a database is several processes, which one processor does not bound"


def test_a_run_without_an_answer_guesses_nothing() -> None:
    empty = replace(run(), tally=Tally())
    assert as_json(empty)["since_due_ms"] == {"p50": None, "p95": None, "p99": None}
    assert "nothing was answered" in as_lines(empty)[-1]
