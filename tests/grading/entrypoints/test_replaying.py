"""`holdfast replay FILE`: judged again as it was, told where it diverged, and safe for any file."""

import json
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import Mistake
from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import encode
from holdfast.grading.entrypoints.replaying import MAX_FILE_BYTES, judge_again, read_transcript
from tests.support.seeded_class import echo, play, raw_text, shouting

Json = Any  # a transcript, to be spoilt
TEST = "2024-a1-t2"


def written(folder: Path, client: object = echo, test: str = TEST) -> Path:
    path = folder / "attempt.json"
    played = play(CATALOGUE[TestId(test)], 1000, client)  # type: ignore[arg-type]
    path.write_bytes(encode(played.transcript))
    return path


def spoilt(path: Path, **changes: Json) -> Path:
    """The file with other values, an entry a line."""
    found = json.loads(path.read_bytes()) | changes
    path.write_text(json.dumps(found, indent=0))
    return path


def test_a_passed_attempt_passes_again(tmp_path: Path) -> None:
    said: list[str] = []
    assert judge_again(written(tmp_path), said.append) == 0
    assert said[:2] == [f"{TEST}  Out of band protocol message", "recorded: passed"]
    assert said[-1].startswith("  + ")


def test_a_failed_attempt_says_where_it_left_the_way_and_which_bytes(tmp_path: Path) -> None:
    said: list[str] = []
    assert judge_again(written(tmp_path, shouting), said.append) == 0
    assert "recorded: failed" in said
    assert any(line.startswith("  x ") for line in said)
    at = next(n for n, line in enumerate(said) if line.startswith("first divergence after 0."))
    assert said[at + 1].startswith("  text: expected '")
    assert "from byte" in said[at + 2]
    assert "expected  " in said[at + 3]
    assert "got       " in "".join(said[at + 4 :])


def test_bytes_that_were_no_message_are_dumped(tmp_path: Path) -> None:
    said: list[str] = []
    judge_again(written(tmp_path, raw_text), said.append)
    assert any("got  " in line for line in said)


def test_a_result_that_this_version_does_not_come_to_is_said(tmp_path: Path) -> None:
    path = written(tmp_path)
    result = json.loads(path.read_bytes())["result"] | {"verdict": "fail"}
    said: list[str] = []
    assert judge_again(spoilt(path, result=result), said.append) == 1
    assert "recorded: failed, judged by this version: passed" in said


@pytest.mark.parametrize("test", [str(test) for test in CATALOGUE if CATALOGUE[test].trigger])
def test_every_test_replays_to_what_it_was(tmp_path: Path, test: str) -> None:
    for client in (echo, shouting):
        assert judge_again(written(tmp_path, client, test), lambda _: None) == 0


def fault(path: Path) -> str:
    with pytest.raises(Mistake) as caught:
        judge_again(path, lambda _: None)
    return str(caught.value)


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in fault(tmp_path / "nothing")
    assert "cannot be read: Is a directory" in fault(tmp_path)
    large = tmp_path / "large"
    large.write_bytes(b" " * (MAX_FILE_BYTES + 1))
    assert "larger than 8 MiB" in fault(large)


def test_a_fault_is_named_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(b'{"version": 1,\n"test": \x1b[2J}')
    said = fault(path)
    assert "bad.json, line 2: not a transcript" in said
    assert "Whole transcript as a file" in said
    assert "\x1b" not in said
    path.write_bytes(b'{"version": 7}')
    assert "version 7 is not known" in fault(path)


def test_a_fault_in_an_entry_is_named_with_the_line_of_the_entry(tmp_path: Path) -> None:
    path = written(tmp_path)
    entries = json.loads(path.read_bytes())["entries"]
    entries[2]["at_s"] = "soon"
    text = spoilt(path, entries=entries).read_text().splitlines()
    line = fault(path).split("line ")[1].split(":")[0]
    assert text[int(line) - 1] == "{"
    assert '"at_s": "soon",' in text[int(line) : int(line) + 4]
    entries[2] |= {"at_s": 0.0, "raw": "not hex", "kind": "sent"}
    spoilt(path, entries=entries)
    assert "entries[2].raw: 'not hex' are no hex digits" in fault(path)


def test_a_test_that_is_not_here_is_named(tmp_path: Path) -> None:
    assert "There is no test 2019-old here" in fault(spoilt(written(tmp_path), test="2019-old"))


def test_hostile_files_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "deep"
    path.write_bytes(b'{"version":1,"x":' + b"[" * 100_000)
    assert "not a transcript" in fault(path) or "recursion" in fault(path)
    path = written(tmp_path)
    document = json.loads(path.read_bytes())
    limits = dict.fromkeys(document["limits"], 10**15)
    rules = document["rules"] | {"special_neighbours": 10**9}
    transcript, _ = read_transcript(spoilt(path, limits=limits, rules=rules))
    assert transcript.limits.sent_frames == 2000
    assert "rules" in fault(spoilt(path, rules=document["rules"] | {"lease_s": -1}))
