"""A TLS session in memory, against Python's own client: handshake, both directions, both ends."""

import ssl
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.certificates import Certificates
from holdfast.platform.balancer.tls_channel import Over, Shake, TlsChannel
from tests.support.tls_keys import certificate, trusting


class Client:
    """Python's client in memory."""

    def __init__(self, context: ssl.SSLContext, name: str = "a.example") -> None:
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)

    def shake(self, channel: TlsChannel) -> Shake:
        """Go on with both sides until one has enough."""
        for _ in range(10):
            try:
                self.session.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            if said := self.outgoing.read():
                channel.put(said)
            state = channel.shake()
            self.incoming.write(channel.take())
            if state is not Shake.UNDER_WAY and (done or state is Shake.FAILED):
                return state
        raise AssertionError("the handshake does not end")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context and a client's that trusts it."""
    files = certificate(tmp_path_factory.mktemp("keys"), "a.example")
    return Certificates([files]).context(None), trusting(files)


def met(server: tuple[ssl.SSLContext, ssl.SSLContext]) -> tuple[TlsChannel, Client]:
    channel, client = TlsChannel(server[0]), Client(server[1])
    assert client.shake(channel) is Shake.DONE
    return channel, client


def test_both_directions_carry_what_was_said(server) -> None:
    channel, client = met(server)
    assert channel.version == "TLSv1.3"
    client.session.write(b"hello")
    channel.put(client.outgoing.read())
    assert channel.decrypt() == (b"hello", None)
    assert channel.decrypt() == (b"", None)
    client.incoming.write(channel.encrypt(bytes(100_000)))
    got = b""
    while len(got) < 100_000:
        got += client.session.read(100_000)
    assert got == bytes(100_000)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=5), st.integers(1, 60))
@settings(max_examples=20)
def test_ciphertext_may_come_in_pieces_of_any_size(server, texts, size) -> None:
    channel, client = met(server)
    for text in texts:
        client.session.write(text)
    said, got = client.outgoing.read(), b""
    for at in range(0, len(said), size):
        channel.put(said[at : at + size])
        piece, over = channel.decrypt()
        assert over is None
        got += piece
    assert got == b"".join(texts)


def test_the_peers_word_that_it_has_finished_is_told_again_and_again(server) -> None:
    channel, client = met(server)
    client.session.write(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        client.session.unwrap()
    channel.put(client.outgoing.read())
    channel.put(b"")
    assert channel.decrypt() == (b"last", Over.ENDED)
    assert channel.decrypt() == (b"", Over.ENDED)
    client.incoming.write(channel.encrypt(b"an answer still"))
    assert client.session.read(100) == b"an answer still"
    client.incoming.write(channel.finish())
    client.session.unwrap()
    assert channel.decrypt() == (b"", Over.ENDED)


def test_after_our_last_word_the_peer_may_still_speak(server) -> None:
    channel, client = met(server)
    client.incoming.write(channel.finish())
    assert client.session.read(10) == b""
    client.session.write(b"from me too")
    channel.put(client.outgoing.read())
    assert channel.decrypt() == (b"from me too", None)
    assert channel.finish() == b""
    assert channel.encrypt(b"too late") == b""


def test_a_cut_off_stream_is_no_end(server) -> None:
    channel, client = met(server)
    client.session.write(b"half")
    channel.put(client.outgoing.read())
    channel.put(b"")
    assert channel.decrypt() == (b"half", Over.BROKEN)
    assert channel.decrypt() == (b"", Over.BROKEN)


def test_a_changed_byte_breaks_it_after_what_came_before(server) -> None:
    channel, client = met(server)
    client.session.write(b"good")
    good = client.outgoing.read()
    client.session.write(b"evil")
    evil = bytearray(client.outgoing.read())
    evil[-1] ^= 1
    channel.put(good + bytes(evil))
    assert channel.decrypt() == (b"good", Over.BROKEN)
    assert channel.decrypt() == (b"", Over.BROKEN)


@given(st.binary(min_size=1, max_size=400))
@settings(max_examples=50)
def test_a_handshake_of_any_bytes_fails_or_waits(server, data) -> None:
    channel = TlsChannel(server[0])
    channel.put(data)
    assert channel.shake() in (Shake.FAILED, Shake.UNDER_WAY)
    assert len(channel.take()) < 100


def test_old_versions_are_refused(server) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    assert Client(old).shake(TlsChannel(server[0])) is Shake.FAILED


def test_tls_1_2_is_spoken(server, tmp_path: Path) -> None:
    context = server[1]
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        channel, client = met(server)
    finally:
        context.maximum_version = ssl.TLSVersion.TLSv1_3
    assert channel.version == "TLSv1.2"
    with pytest.raises(ssl.SSLWantReadError):
        client.session.unwrap()
    channel.put(client.outgoing.read())
    assert channel.decrypt() == (b"", Over.ENDED)
    client.incoming.write(channel.encrypt(b"half-open"))
    assert client.session.read(100) == b"half-open"
