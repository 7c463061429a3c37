"""The talk between balancer and members: read as written, however it was cut, and never more."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.handover_wire import (
    DATA_BYTES,
    MAGIC,
    MAX_RECORD_BYTES,
    MAX_RESUME_BYTES,
    HandoverError,
    Kind,
    RecordReader,
    Resume,
    Tag,
    data_records,
    decode_answer,
    decode_resume,
    encode_answer,
    encode_record,
    encode_resume,
    pack_resume,
    resume_length,
    tag_of,
    unpack_resume,
)
from holdfast.platform.balancer.proxy_protocol import Header, encode, parse

TAG = Tag(bytes(range(16)), 1_700_000_000.5)
SECONDS = st.floats(0.0, 1e6)
RECORDS = st.lists(st.tuples(st.sampled_from(Kind), st.binary(max_size=50)), max_size=8)
RESUMES = st.builds(
    Resume,
    SECONDS,
    st.integers(1, 16),
    st.text(max_size=20),
    st.integers(0, 1 << 40),
    st.binary(min_size=16, max_size=16),
    st.lists(st.tuples(SECONDS, st.binary(max_size=40)), max_size=5).map(tuple),
    st.lists(st.binary(max_size=40), max_size=5).map(tuple),
)


def cut(raw: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({min(at, len(raw)) for at in cuts})
    return [raw[a:b] for a, b in zip([0, *places], [*places, len(raw)], strict=True)]


def same(a: Resume, b: Resume) -> bool:
    pieces = [(at, bytes(data)) for at, data in a.pieces]
    return (
        pieces == [(at, bytes(data)) for at, data in b.pieces]
        and list(a.notes) == list(b.notes)
        and (a.age_s, a.moves, a.moved_from) == (b.age_s, b.moves, b.moved_from)
        and (a.delivered, a.digest) == (b.delivered, b.digest)
    )


@given(st.binary(min_size=16, max_size=16), st.floats(0, 9e10), st.booleans())
def test_a_tag_survives_in_a_header_among_other_extensions(name, opened_at, resumes) -> None:
    tag = Tag(name, opened_at, resumes)
    raw = encode("tcp", ("192.0.2.7", 1), ("192.0.2.8", 2), ((0xE0, b"trace"), tag.encoded()))
    header = parse(raw)
    assert isinstance(header, Header)
    assert tag_of(header.tlvs) == tag


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=30)), max_size=4))
def test_foreign_extensions_are_no_tag_or_a_plausible_one(tlvs) -> None:
    tag = tag_of(tlvs)
    assert tag is None or (len(tag.id) == 16 and 0 <= tag.opened_at < 1e11)


def test_a_header_is_told_to_resume_and_back_without_changing_its_length() -> None:
    live = encode("udp", ("192.0.2.7", 1), ("192.0.2.8", 2), (TAG.encoded(),))
    moving = TAG.resuming(live)
    header = parse(moving + b"x")
    assert isinstance(header, Header)
    tag = tag_of(header.tlvs)
    assert tag is not None
    assert tag.resumes
    assert tag.settled(moving) == live


@given(RECORDS, st.lists(st.integers(0, 400), max_size=6))
def test_records_are_the_same_however_the_stream_was_cut(records, cuts) -> None:
    raw = MAGIC + b"".join(encode_record(kind, payload) for kind, payload in records)
    reader = RecordReader()
    found = [record for piece in cut(raw, cuts) for record in reader.feed(piece)]
    assert found == records
    assert reader.is_plain is False


@given(st.binary(min_size=1, max_size=60).filter(lambda raw: raw[0] != 0), st.lists(st.integers(0)))
def test_a_member_that_knows_no_records_is_passed_on_as_it_is(raw, cuts) -> None:
    reader = RecordReader()
    found = [record for piece in cut(raw, cuts) if piece for record in reader.feed(piece)]
    assert b"".join(payload for _, payload in found) == raw
    assert {kind for kind, _ in found} == {Kind.DATA}
    assert reader.is_plain


@given(st.binary(max_size=200))
def test_garbled_records_are_refused_and_never_kept_beyond_the_limit(noise) -> None:
    with suppress(HandoverError):
        for kind, payload in RecordReader().feed(MAGIC + noise):
            assert kind in Kind
            assert len(payload) <= MAX_RECORD_BYTES


def test_what_is_for_the_client_is_cut_into_records_that_are_passed_on_when_whole() -> None:
    raw = bytes(range(256)) * 600
    reader = RecordReader()
    found = reader.feed(MAGIC + data_records(raw))
    assert b"".join(payload for _, payload in found) == raw
    assert max(len(payload) for _, payload in found) == DATA_BYTES


@given(RESUMES, st.binary(max_size=20))
def test_a_journal_is_read_as_it_was_written(resume, behind) -> None:
    raw = encode_resume(resume)
    length = resume_length(raw + behind)
    assert length == len(raw)
    assert same(decode_resume(raw), resume)
    packed = pack_resume(resume)
    assert packed is not None
    assert same(unpack_resume(packed), resume)


@given(RESUMES, st.data())
def test_a_damaged_journal_is_refused_and_nothing_else_happens(resume, data) -> None:
    for encoded, read in ((encode_resume(resume), decode_resume), (_packed(resume), unpack_resume)):
        raw = bytearray(encoded)
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] ^= data.draw(st.integers(1, 255))
        try:
            found = read(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
        except HandoverError:
            continue
        assert isinstance(found, Resume)


def _packed(resume: Resume) -> bytes:
    packed = pack_resume(resume)
    assert packed is not None
    return packed


@given(st.binary(max_size=300))
def test_noise_is_no_journal(noise) -> None:
    for read in (decode_resume, unpack_resume):
        with pytest.raises(HandoverError):
            read(noise)


@pytest.mark.parametrize(
    "changes",
    [
        {"age_s": -1.0},
        {"age_s": float("nan")},
        {"delivered": -1},
        {"moves": 0},
        {"pieces": ((-0.5, b""),)},
    ],
)
def test_a_journal_with_impossible_numbers_is_refused(changes) -> None:
    fine = Resume(1.0, 1, "n1", 0, bytes(16), ((0.5, b"x"),), ())
    with pytest.raises(HandoverError, match="impossible"):
        decode_resume(encode_resume(msgspec.structs.replace(fine, **changes)))


def test_a_journal_longer_than_any_is_refused_before_it_has_come() -> None:
    with pytest.raises(HandoverError, match="longer"):
        resume_length((MAX_RESUME_BYTES + 1).to_bytes(4, "big"))
    assert resume_length(b"\0\0\0") is None


def test_a_journal_that_fits_no_datagram_is_not_packed() -> None:
    noise = b"".join((n * n * 2654435761 % (1 << 32)).to_bytes(4, "big") for n in range(20_000))
    resume = Resume(1.0, 1, "n1", 0, bytes(16), ((0.5, noise),), ())
    assert pack_resume(resume) is None


@given(st.integers(0, (1 << 32) - 1), RECORDS)
def test_a_flows_answer_is_read_as_it_was_written(number, records) -> None:
    raw = b"".join(encode_record(kind, payload) for kind, payload in records)
    assert decode_answer(encode_answer(number, raw)) == (number, records)


@given(st.binary(max_size=60))
def test_a_plain_answer_stays_plain_and_half_a_record_is_refused(noise) -> None:
    if not noise.startswith(MAGIC):
        assert decode_answer(noise) is None
    whole = encode_answer(7, encode_record(Kind.NOTE, b"note"))
    with pytest.raises(HandoverError):
        decode_answer(whole[:-1])
