"""What /proc says, and what is made of a /proc that does not say it."""

from pathlib import Path

from holdfast.platform.balancer.kernel_choice import Machine
from holdfast.platform.balancer.kernel_facts import Tracking, machine, tracking

NAMES = "entries  clashres found new invalid ignore delete chainlength insert insert_failed drop"


def write(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_forwarding_is_read_by_family(tmp_path: Path) -> None:
    write(tmp_path, "sys/net/ipv4/ip_forward", "1\n")
    write(tmp_path, "sys/net/ipv6/conf/all/forwarding", "0\n")
    assert machine(tmp_path) == Machine(forwards_4=True, forwards_6=False)


def test_what_is_not_there_does_not_forward_and_tracks_nothing(tmp_path: Path) -> None:
    assert machine(tmp_path) == Machine(forwards_4=False, forwards_6=False)
    assert tracking(tmp_path) is None


def test_the_table_of_connections_is_summed_over_processors(tmp_path: Path) -> None:
    write(tmp_path, "sys/net/netfilter/nf_conntrack_count", "12\n")
    write(tmp_path, "sys/net/netfilter/nf_conntrack_max", "100\n")
    rows = ["0 0 0 0 0 0 0 0 0 0000000a 00000001", "0 0 0 0 0 0 0 0 0 00000001 00000000"]
    write(tmp_path, "net/stat/nf_conntrack", "\n".join([NAMES, *rows]))
    assert tracking(tmp_path) == Tracking(entries=12, places=100, lost=12)


def test_statistics_that_cannot_be_read_lost_nothing(tmp_path: Path) -> None:
    write(tmp_path, "sys/net/netfilter/nf_conntrack_count", "12\n")
    write(tmp_path, "sys/net/netfilter/nf_conntrack_max", "100\n")
    for text in (None, "", NAMES + "\nshort", NAMES + "\n" + "zz " * 11):
        if text is not None:
            write(tmp_path, "net/stat/nf_conntrack", text)
        assert tracking(tmp_path) == Tracking(12, 100, 0)
