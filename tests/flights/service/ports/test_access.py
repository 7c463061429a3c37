"""What is said of access: a token's name gives nothing away, an answer may not be kept yet."""

import hashlib

from holdfast.errors import DefiniteError
from holdfast.flights.service.ports.access import (
    SCOPES,
    AnsweredBefore,
    StoredAnswer,
    token_id_of,
)


def test_a_tokens_name_is_half_of_its_hash() -> None:
    digest = hashlib.sha256(b"token").digest()
    assert token_id_of(digest) == digest.hex()[:32]


def test_an_answer_that_is_still_to_be_kept_has_no_request() -> None:
    assert StoredAnswer(200, b"{}").request_hash == b""


def test_scopes_are_told_apart() -> None:
    assert len(set(SCOPES)) == len(SCOPES) == 4


def test_who_lost_a_race_did_nothing() -> None:
    assert issubclass(AnsweredBefore, DefiniteError)
