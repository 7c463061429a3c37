import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.gateway.headers import (
    MAX_HEADERS,
    SAFETY,
    Header,
    ambiguity,
    sent_back,
    sent_on,
    shown,
)

HOST: Header = (b"host", b"grades.example.edu:8000")
ID = b"0123456789abcdef"


def test_a_plain_request_is_clear() -> None:
    headers = [HOST, (b"content-length", b"3"), (b"accept", b"*/*"), (b"x", b"\xc3\xa9 \t.")]
    assert ambiguity(headers, b"/users?x=%20") == ""
    assert ambiguity([HOST, (b"transfer-encoding", b" Chunked ")], b"/") == ""
    assert ambiguity([(b"host", b"[::1]:80")], b"/") == ""


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ([(b"content-length", b"3"), (b"content-length", b"3")], "twice"),
        ([(b"content-length", b"3"), (b"content-length", b"4")], "twice"),
        ([(b"content-length", b"3"), (b"transfer-encoding", b"chunked")], "two lengths"),
        ([(b"content-length", b"+3")], "no number"),
        ([(b"content-length", b"3, 3")], "no number"),
        ([(b"content-length", b"9" * 19)], "no number"),
        ([(b"transfer-encoding", b"chunked, identity")], "another one than chunked"),
        ([(b"transfer-encoding", b"xchunked")], "another one than chunked"),
        ([(b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")], "twice"),
        ([HOST, HOST], "twice"),
        ([(b"host", b"a b")], "no name"),
        ([(b"host", b"a/b@c")], "no name"),
        ([(b"host", b"")], "no name"),
        ([(b"authorization", b"a"), (b"authorization", b"b")], "twice"),
        ([(b"x", b"a\r\nset-cookie: b")], "control character"),
        ([(b"x", b"a\0b")], "control character"),
        ([(b"x", b"y")] * (MAX_HEADERS + 1), "more than"),
    ],
)
def test_what_could_be_read_in_two_ways_says_why(headers: list[Header], why: str) -> None:
    assert why in ambiguity(headers, b"/")


@pytest.mark.parametrize("target", [b"", b"*", b"//x", b"http://x/", b"/a b", b"/a\r\nx", b"/\xff"])
def test_an_address_begins_with_one_slash_and_is_plain(target: bytes) -> None:
    assert "address" in ambiguity([HOST], target)


def test_what_only_a_proxy_may_say_is_dropped() -> None:
    said = [
        HOST,
        (b"x-forwarded-for", b"203.0.113.9"),
        (b"x-forwarded-anything", b"1"),
        (b"forwarded", b"for=203.0.113.9"),
        (b"x-real-ip", b"203.0.113.9"),
        (b"x-holdfast-passage", b"mine"),
        (b"x-request-id", b"mine"),
        (b"x-original-url", b"/internal"),
        (b"content-length", b"3"),
        (b"expect", b"100-continue"),
        (b"te", b"trailers"),
        (b"proxy-anything", b"1"),
        (b"connection", b"keep-alive, X-Mine"),
        (b"x-mine", b"1"),
        (b"upgrade", b"websocket"),
        (b"authorization", b"Bearer t"),
        (b"cookie", b"a=b"),
    ]
    kept = sent_on(said, [(b"x-request-id", ID)])
    assert kept == [
        HOST,
        (b"authorization", b"Bearer t"),
        (b"cookie", b"a=b"),
        (b"x-request-id", ID),
    ]


def test_an_answer_keeps_what_it_says_of_its_safety_and_gets_the_rest() -> None:
    own = [(b"content-security-policy", b"default-src 'self'"), (b"x-request-id", b"other")]
    told = sent_back([*own, (b"connection", b"close"), (b"date", b"now")], ID, secure=False)
    names = [name for name, _ in told]
    assert sorted(names) == sorted({name for name, _ in SAFETY} | {b"x-request-id"})
    assert dict(told)[b"content-security-policy"] == b"default-src 'self'"
    assert dict(told)[b"x-request-id"] == ID
    assert b"strict-transport-security" in dict(sent_back([], ID, secure=True))


def test_no_policy_of_ours_allows_inline_scripts_or_frames() -> None:
    policy = dict(sent_back([], ID, secure=False))[b"content-security-policy"]
    assert b"unsafe" not in policy
    assert b"frame-ancestors 'none'" in policy


@given(st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=5))
def test_whatever_comes_is_clear_or_a_sentence(headers: list[Header]) -> None:
    assert ambiguity(headers, b"/").isprintable()
    assert shown(b"\xff" * 99)
