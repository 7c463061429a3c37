"""An offer tells how many seats it needs and how long its slices take."""

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.offer import LoyaltyAccount, Named
from tests.support import sold_trips


def test_an_infant_on_a_lap_needs_no_seat() -> None:
    party = sold_trips.travellers(PassengerType.ADULT, PassengerType.CHILD, PassengerType.INFANT)
    assert sold_trips.offer(party=party).seats_needed() == 2


def test_a_slice_takes_from_its_first_departure_to_its_last_arrival() -> None:
    (only,) = sold_trips.offer().slices
    assert only.duration_min == 100


def test_a_traveller_who_is_named_stays_who_he_was() -> None:
    (who,) = sold_trips.travellers(PassengerType.ADULT)
    account = LoyaltyAccount("BA", "12901014")
    named = Named("Ada", "Lovelace", (account,)).of(who)
    assert (named.given_name, named.family_name, named.accounts) == ("Ada", "Lovelace", (account,))
    assert (named.id, named.type) == (who.id, who.type)
