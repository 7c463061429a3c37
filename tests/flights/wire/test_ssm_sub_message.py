"""Sub-messages become changes of the right kind; a bad line is named."""

from datetime import date

import pytest

from holdfast.flights.domain.filing import Fault
from holdfast.flights.domain.schedule import Designator, Period
from holdfast.flights.domain.schedule_change import (
    Administered,
    Cancelled,
    Change,
    Element,
    Equipment,
    Flown,
    NewLeg,
    Reequipped,
    Reinstated,
    Renumbered,
    Retimed,
    Target,
    Timing,
)
from holdfast.flights.wire.ssm_sub_message import Told, read_sub_message

SSM = Told(is_asm=False, is_utc=False, near=date(2026, 11, 26))
ASM = Told(is_asm=True, is_utc=True, near=date(2026, 11, 26))
LX544 = Designator("LX", 544)
PERIOD = Period(date(2026, 11, 30), date(2026, 12, 31), 0b0011111)
PERIOD_LINE = "30NOV26 31DEC26 12345"
DAY = Period(date(2026, 11, 27), date(2026, 11, 27), 0b0010000)
TARGET = Target(LX544, (PERIOD.trimmed() or PERIOD,))
ON_DAY = Target(LX544, (DAY,), is_utc=True)
A320 = Equipment("J", "320", "C028Y144", "CDYM")
ZRH_LHR = Timing("ZRH", "LHR", 480, 540)
LHR_JFK = Timing("LHR", "JFK", 600, 780)


def read(text: str, told: Told = SSM) -> list[Change]:
    found = read_sub_message(list(enumerate(text.split("|"), start=4)), told)
    assert isinstance(found, list), found
    return found


def fault(text: str, told: Told = SSM) -> Fault:
    found = read_sub_message(list(enumerate(text.split("|"), start=4)), told)
    assert isinstance(found, Fault), found
    return found


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("NEW", Flown(TARGET, (NewLeg(ZRH_LHR, A320), NewLeg(LHR_JFK, A320)))),
        ("RPL", Flown(TARGET, (NewLeg(ZRH_LHR, A320), NewLeg(LHR_JFK, A320)), is_new=False)),
    ],
)
def test_a_new_and_a_replaced_flight(action: str, change: Change) -> None:
    text = f"{action} XASM|LX544|{PERIOD_LINE}|J 320 CDYM.C028Y144|ZRH0800 LHR0900|LHR1000 JFK1300"
    assert read(text) == [change]


def test_a_leg_has_the_equipment_before_it() -> None:
    (change,) = read(
        f"NEW|LX544|{PERIOD_LINE}|J 320 CDYM.C028Y144|ZRH0800 LHR0900|J 77W|LHR1000 JFK1300"
    )
    assert isinstance(change, Flown)
    assert [leg.equipment for leg in change.legs] == [A320, Equipment("J", "77W")]


def test_elements_come_with_the_flight_the_leg_or_the_segment() -> None:
    (change,) = read(
        f"NEW|LX544 99/2|{PERIOD_LINE} 98/4|J 320|ZRH0800 LHR0900 99/1|ZRHLHR 10/LH5544"
    )
    assert isinstance(change, Flown)
    assert change.elements == (
        Element(board_terminal="2"),
        Element(off_terminal="4"),
        Element("ZRH", "LHR", board_terminal="1"),
        Element("ZRH", "LHR", marketed_as=(Designator("LH", 5544),)),
    )


def test_a_cancellation_and_a_reinstatement() -> None:
    assert read(f"CNL|LX544|{PERIOD_LINE}") == [Cancelled(TARGET)]
    assert read("CNL WEAT|LX544/27", ASM) == [Cancelled(ON_DAY)]
    assert read("RIN|LX544/27NOV ZRH/LHR 99/2", ASM) == [
        Reinstated(Target(LX544, (DAY,), True, ("ZRH", "LHR")))
    ]


def test_several_periods_and_flights_share_what_follows() -> None:
    text = f"CNL|LX544|{PERIOD_LINE}|27NOV26 27NOV26 5|LX545|{PERIOD_LINE} ZRH/LHR"
    assert read(text) == [
        Cancelled(Target(LX544, (*TARGET.periods, DAY))),
        Cancelled(Target(Designator("LX", 545), TARGET.periods, points=("ZRH", "LHR"))),
    ]
    text = "EQT|LX544/27|LX545/27|J 77W"
    assert [change.target.designator.number for change in read(text, ASM)] == [544, 545]


def test_a_flight_after_the_legs_of_another_begins_anew() -> None:
    text = "TIM|LX544/27|ZRH0800 LHR0900|LX545/27|LHR1000 JFK1300"
    assert read(text, ASM) == [
        Retimed(ON_DAY, (ZRH_LHR,)),
        Retimed(Target(Designator("LX", 545), (DAY,), True), (LHR_JFK,)),
    ]


def test_other_times_in_ssm_and_asm() -> None:
    assert read(f"TIM|LX544|{PERIOD_LINE}|ZRH0800 LHR0900") == [Retimed(TARGET, (ZRH_LHR,))]
    assert read("TIM|LX544/27|ZRH270800 LHR270900", ASM) == [Retimed(ON_DAY, (ZRH_LHR,))]


def test_other_equipment_and_only_another_configuration() -> None:
    text = f"LX544|{PERIOD_LINE}|J 320 CDYM.C028Y144"
    assert read(f"EQT|{text}") == [Reequipped(TARGET, A320)]
    assert read(f"CON|{text}") == [Reequipped(TARGET, Equipment("", "", "C028Y144", "CDYM"))]


def test_elements_change_with_a_change_or_alone() -> None:
    elements = (Element("ZRH", "LHR", board_terminal="2"),)
    assert read(f"ADM|LX544|{PERIOD_LINE}|ZRHLHR 99/2") == [Administered(TARGET, elements)]
    assert read(f"EQT|LX544|{PERIOD_LINE}|J 77W|ZRHLHR 99/2") == [
        Reequipped(TARGET, Equipment("J", "77W")),
        Administered(TARGET, elements),
    ]
    assert read(f"ADM|LX544|{PERIOD_LINE}|ZRHLHR 109/M") == []


def test_another_route_needs_no_equipment() -> None:
    assert read("RRT|LX544/27|ZRH0800 LHR0900", ASM) == [
        Flown(ON_DAY, (NewLeg(ZRH_LHR, None),), is_new=False, only_existing=True)
    ]


def test_another_designator_in_ssm_and_asm() -> None:
    other = Designator("LX", 644)
    assert read(f"FLT|LX544|{PERIOD_LINE}|LX644") == [Renumbered(TARGET, other)]
    assert read("FLT|LX544/27 LX644/27 99/2", ASM) == [
        Renumbered(ON_DAY, other),
        Administered(Target(other, (DAY,), True), (Element(board_terminal="2"),)),
    ]
    two = f"FLT|LX544|{PERIOD_LINE}|LX644|LX545|{PERIOD_LINE}|LX645"
    assert [change.target.designator.number for change in read(two)] == [544, 545]


@pytest.mark.parametrize(
    ("text", "told", "line", "reason"),
    [
        ("SKD|LX544", SSM, 4, "the action SKD is not read: whole schedules come as SSIM"),
        ("RSD", SSM, 4, "the action RSD is not read"),
        ("REV", SSM, 4, "the action REV is not read"),
        ("ACK", SSM, 4, "it answers a telegram"),
        ("NAC", ASM, 4, "it answers a telegram"),
        ("XYZ", SSM, 4, "is no action identifier"),
        ("NEW1", SSM, 4, "is no action identifier"),
        ("NEW", SSM, 4, "there is no flight"),
        ("NEW|30NOV26 31DEC26 1", SSM, 5, "is no line of a flight"),
        (f"CNL|LX544|{PERIOD_LINE}|what is this", SSM, 7, "is no line of a flight"),
        ("CNL|LX544", SSM, 4, "LX544 has no period"),
        ("CNL|LX544", ASM, 5, "a flight has a date in ASM"),
        ("CNL|LX544/27", SSM, 5, "in ASM only"),
        (f"CNL|LX544/27|{PERIOD_LINE}", ASM, 6, "a period is for SSM only"),
        ("CNL|LX544/32", ASM, 5, "is no date"),
        (f"NEW|LX544|{PERIOD_LINE}", SSM, 4, "there is no leg"),
        (f"NEW|LX544|{PERIOD_LINE}|ZRH0800 LHR0900", SSM, 4, "first leg has no equipment"),
        (f"NEW|LX544|{PERIOD_LINE}|J 320|ZRH0800 LHR2460", SSM, 8, "no time of day"),
        (
            f"NEW|LX544|{PERIOD_LINE}|J 320|ZRH0800 LHR0900|CDG1000 JFK1300",
            SSM,
            4,
            "departs from CDG, the one before is to LHR",
        ),
        ("RPL|LX544/27 ZRH/LHR|J 320|ZRH0800 LHR0900", ASM, 4, "of single legs is not read"),
        (f"TIM|LX544|{PERIOD_LINE}", SSM, 4, "there is no leg"),
        (f"EQT|LX544|{PERIOD_LINE}", SSM, 4, "there is no equipment"),
        (f"FLT|LX544|{PERIOD_LINE}", SSM, 4, "no new flight designator"),
        ("CNL" + "|LX544/27" * 201, ASM, 205, "more than 200 flights"),
        ("CNL|LX544" + f"|{PERIOD_LINE}" * 201, SSM, 206, "more than 200 periods"),
        ("TIM|LX544/27" + "|ZRH0800 LHR0900" * 27, ASM, 32, "more than 26 legs"),
    ],
)
def test_a_bad_line_is_named(text: str, told: Told, line: int, reason: str) -> None:
    found = fault(text, told)
    assert reason in found.reason
    assert found.line == line
