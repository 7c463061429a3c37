"""The slips that are tried fit the protocol they are tried on."""

from holdfast.grading.wire.codec import Protocol
from holdfast.grading.wire.course import COURSE
from holdfast.grading.wire.diagnosis import GuessKind
from holdfast.grading.wire.framing import SelfDelimiting
from holdfast.grading.wire.slips import Slip, slips_of
from tests.support.wire_samples import PLAIN, Named


def of(protocol: Protocol) -> list[Slip]:
    return list(slips_of(protocol.schema))


def test_the_declared_width_of_the_type_is_no_slip() -> None:
    assert {slip.spelling.tag_bytes for slip in of(COURSE)} == {None, 0, 1, 2, 8}
    assert {slip.spelling.tag_bytes for slip in of(PLAIN)} == {None, 0, 2, 4, 8}


def test_without_a_type_field_no_slip_is_about_it() -> None:
    names = Protocol("names", (Named,), SelfDelimiting())

    assert {slip.spelling.tag_bytes for slip in of(names)} == {None}


def test_every_other_order_of_few_fields_is_tried() -> None:
    orders = {slip.spelling.order for slip in of(COURSE) if slip.spelling.order}

    assert len(orders) == 5 + 1
    assert ("text", "recipient") in orders
    assert ("recipient", "text") not in orders


def test_messages_with_many_fields_are_not_tried_in_all_orders() -> None:
    assert all(len(slip.spelling.order) <= 4 for slip in of(PLAIN))


def test_numbers_are_tried_alone_only_where_there_are_several() -> None:
    only = {slip.spelling.only for slip in of(COURSE) if slip.spelling.int_bytes}

    assert only == {"", "user_id", "port"}


def test_every_slip_names_a_mistake_and_is_weighed_modestly() -> None:
    for slip in of(COURSE):
        assert slip.kinds
        assert all(isinstance(kind, GuessKind) for kind in slip.kinds)
        assert 0 < slip.bonus <= 8


def test_few_slips_are_tried() -> None:
    assert len(of(COURSE)) < 120
