"""The law of the passengers' form: what was typed becomes people, or errors beside their fields.

PURE. Fields are `p1_given`, `p2_born`, ... for the offer's passengers in order, `email` and `phone`
for all. Errors are names of sentences, never the typed text. What is checked here is what the API
checks, and that ages fit what was searched for, since that decided the price.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from holdfast.flights.domain.party import MAX_AGE, type_at
from holdfast.flights.wire.duffel_names import MAX_NAME_CHARS, is_name
from holdfast.flights.wire.duffel_order_asks import OrderPassengerBody

Title = Literal["mr", "ms", "mrs", "miss", "dr"]
Gender = Literal["f", "m"]
TITLES: tuple[Title, ...] = get_args(Title)
GENDERS: tuple[Gender, ...] = get_args(Gender)
ADULT, CHILD, INFANT = "adult", "child", "infant_without_seat"
MAX_TYPED_CHARS = 254
"""Of any field: the longest e-mail address. Beyond, it is cut, and then wrong."""
_EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s.,;<>]{2,}")
_PHONE = re.compile(r"\+[0-9][0-9 ()-]{5,18}", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_GERMAN_DAY = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
_BRITISH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Seeker:
    """A passenger of the offer: the API's id, the type that was searched for."""

    id: str
    type: str


@dataclass(frozen=True, slots=True)
class Person:
    """One passenger's part of the form, as typed. `number` from 1; `lap`: the number of the adult
    who holds this infant."""

    number: int
    type: str
    title: str
    given: str
    family: str
    gender: str
    born: str
    lap: str

    def field(self, name: str) -> str:
        """The name of one of its fields in the form."""
        return f"p{self.number}_{name}"


@dataclass(frozen=True, slots=True)
class PartyForm:
    """The form as it is shown: what was typed, and what is wrong with it, by field, in the order
    of the page."""

    people: tuple[Person, ...]
    email: str
    phone: str
    errors: Mapping[str, str]

    @property
    def adults(self) -> tuple[Person, ...]:
        """Who can hold an infant."""
        return tuple(one for one in self.people if one.type == ADULT)

    @property
    def infants(self) -> int:
        """How many sit on laps."""
        return sum(one.type == INFANT for one in self.people)

    def error(self, field: str) -> str:
        """The name of the sentence that says what is wrong with a field; empty when nothing is."""
        return self.errors.get(field, "")


@dataclass(frozen=True, slots=True)
class Filled:
    """The form with, if nothing is wrong, the passengers for the API."""

    form: PartyForm
    passengers: tuple[OrderPassengerBody, ...]

    @property
    def is_good(self) -> bool:
        """Whether it can be booked."""
        return not self.form.errors


def blank(seekers: Sequence[Seeker]) -> PartyForm:
    """The form before anything is typed; infants sit with the adults in order."""
    return PartyForm(_typed(seekers, {}), "", "", {})


def filled(
    seekers: Sequence[Seeker], typed: Mapping[str, str], *, today: date, departs: date
) -> Filled:
    """The form with what was typed. `departs`: when the first flight leaves, for ages."""
    people = _typed(seekers, typed)
    email, phone = _line(typed.get("email", "")), _phone(typed.get("phone", ""))
    errors: dict[str, str] = {}
    for person in people:
        errors |= _wrong(person, today, departs)
    errors |= _same_names(people, errors)
    errors |= _laps(people)
    errors |= _contact(email, phone)
    form = PartyForm(people, email, phone, errors)
    if errors:
        return Filled(form, ())
    return Filled(form, tuple(_bodies(form, seekers)))


def day_of(text: str) -> date | None:
    """A day as browsers send it (`1990-05-17`) or people write it (`17.5.1990`, `17/5/1990`)."""
    if match := _ISO_DAY.fullmatch(text):
        year, month, day = match.groups()
    elif match := _GERMAN_DAY.fullmatch(text) or _BRITISH_DAY.fullmatch(text):
        day, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def age_on(born: date, day: date) -> int:
    """Whole years of age on a day."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _typed(seekers: Sequence[Seeker], typed: Mapping[str, str]) -> tuple[Person, ...]:
    adults = [number for number, one in enumerate(seekers, 1) if one.type == ADULT]
    infants = 0
    people = []
    for number, seeker in enumerate(seekers, start=1):
        usual_lap = ""
        if seeker.type == INFANT:
            usual_lap = str(adults[infants]) if infants < len(adults) else ""
            infants += 1
        lap = typed.get(f"p{number}_lap", usual_lap) if seeker.type == INFANT else ""
        people.append(
            Person(
                number=number,
                type=seeker.type,
                title=_line(typed.get(f"p{number}_title", "")),
                given=_line(typed.get(f"p{number}_given", "")),
                family=_line(typed.get(f"p{number}_family", "")),
                gender=_line(typed.get(f"p{number}_gender", "")),
                born=_line(typed.get(f"p{number}_born", "")),
                lap=_line(lap),
            )
        )
    return tuple(people)


def _wrong(person: Person, today: date, departs: date) -> dict[str, str]:
    """What is wrong with one passenger by itself."""
    errors: dict[str, str] = {}
    if person.title not in TITLES:
        errors[person.field("title")] = "party.title.missing"
    for name, value in (("given", person.given), ("family", person.family)):
        if not value:
            errors[person.field(name)] = f"party.{name}.missing"
        elif len(value) > MAX_NAME_CHARS:
            errors[person.field(name)] = "party.name.long"
        elif not is_name(value):
            errors[person.field(name)] = "party.name.letters"
    if person.gender not in GENDERS:
        errors[person.field("gender")] = "party.gender.missing"
    wrong_day = _wrong_day(person, today, departs)
    if wrong_day:
        errors[person.field("born")] = wrong_day
    return errors


def _wrong_day(person: Person, today: date, departs: date) -> str:
    if not person.born:
        return "party.born.missing"
    born = day_of(person.born)
    if born is None:
        return "party.born.form"
    if born > today:
        return "party.born.future"
    if age_on(born, today) > MAX_AGE or born.year < 1900:
        return "party.born.old"
    if type_at(age_on(born, departs)).value != person.type:
        return f"party.born.{person.type}"
    return ""


def _same_names(people: Sequence[Person], errors: Mapping[str, str]) -> dict[str, str]:
    """Airlines tell passengers of an order apart by their names."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for person in people:
        name = person.given.casefold(), person.family.casefold()
        field = person.field("given")
        if all(name) and name in seen and field not in errors:
            found[field] = "party.name.twice"
        seen.add(name)
    return found


def _laps(people: Sequence[Person]) -> dict[str, str]:
    """Each infant on the lap of an adult of its own."""
    adults = {str(one.number) for one in people if one.type == ADULT}
    errors: dict[str, str] = {}
    held: set[str] = set()
    for person in people:
        if person.type != INFANT:
            continue
        if person.lap not in adults:
            errors[person.field("lap")] = "party.lap.missing"
        elif person.lap in held:
            errors[person.field("lap")] = "party.lap.twice"
        held.add(person.lap)
    return errors


def _contact(email: str, phone: str) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not email:
        errors["email"] = "party.email.missing"
    elif not _EMAIL.fullmatch(email):
        errors["email"] = "party.email.form"
    if not phone:
        errors["phone"] = "party.phone.missing"
    elif not _PHONE.fullmatch(phone):
        errors["phone"] = "party.phone.form"
    return errors


def _bodies(form: PartyForm, seekers: Sequence[Seeker]) -> list[OrderPassengerBody]:
    """The passengers of a form without errors."""
    on_lap = {one.lap: seekers[one.number - 1].id for one in form.people if one.type == INFANT}
    titles: dict[str, Title] = {one: one for one in TITLES}
    genders: dict[str, Gender] = {one: one for one in GENDERS}
    found = []
    for person, seeker in zip(form.people, seekers, strict=True):
        born = day_of(person.born)
        assert born is not None, "it was checked"
        found.append(
            OrderPassengerBody(
                id=seeker.id,
                title=titles[person.title],
                given_name=person.given,
                family_name=person.family,
                gender=genders[person.gender],
                born_on=born,
                email=form.email,
                phone_number=form.phone,
                infant_passenger_id=on_lap.get(str(person.number)),
            )
        )
    return found


def _line(text: str) -> str:
    """One line without spaces at its ends or double ones, its letters composed."""
    return unicodedata.normalize("NFC", " ".join(text[:MAX_TYPED_CHARS].split()))


def _phone(text: str) -> str:
    """A number as people write it: `00` or `+` first, dots and slashes as spaces."""
    line = re.sub(r"[./]", " ", _line(text))
    return "+" + line[2:].lstrip() if line.startswith("00") else line
