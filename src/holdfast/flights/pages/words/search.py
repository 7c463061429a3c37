"""The law of the search's words: the form, its mistakes, and the question which place is meant.

PURE. A table of sentences, nothing else.
"""

WORDS: dict[str, tuple[str, str]] = {
    "search.title": ("Find a flight", "Flug finden"),
    "search.lead": (
        "The price that you are shown is for everybody, with all taxes, and it holds until the "
        "time that stands beside it.",
        "Der Preis, den Sie sehen, ist für alle Reisenden, mit allen Steuern, und er gilt bis zu "
        "der Uhrzeit, die daneben steht.",
    ),
    "search.trip": ("Trip", "Reise"),
    "search.trip.return": ("Return", "Hin und zurück"),
    "search.trip.oneway": ("One way", "Nur hin"),
    "search.trip.multi": ("Several stops", "Mehrere Ziele"),
    "search.direction": ("Direction {n}", "Strecke {n}"),
    "search.from": ("From", "Von"),
    "search.to": ("To", "Nach"),
    "search.place.hint": ("City, airport or code", "Stadt, Flughafen oder Code"),
    "search.out": ("Departure", "Hinflug"),
    "search.day": ("Date", "Datum"),
    "search.back": ("Return flight", "Rückflug"),
    "search.swap": ("Swap from and to", "Von und Nach tauschen"),
    "search.people": ("Travellers", "Reisende"),
    "search.adults": ("Adults", "Erwachsene"),
    "search.adults.ages": ("from 12 years", "ab 12 Jahren"),
    "search.children": ("Children", "Kinder"),
    "search.children.ages": ("2 to 11 years", "2 bis 11 Jahre"),
    "search.infants": ("Infants", "Babys"),
    "search.infants.ages": ("under 2, on a lap", "unter 2, auf dem Schoß"),
    "search.more": ("One more: {what}", "Eins mehr: {what}"),
    "search.fewer": ("One fewer: {what}", "Eins weniger: {what}"),
    "search.cabin": ("Cabin", "Klasse"),
    "search.cabin.any": ("Any", "Alle"),
    "search.cabin.economy": ("Economy", "Economy"),
    "search.cabin.premium_economy": ("Premium Economy", "Premium Economy"),
    "search.cabin.business": ("Business", "Business"),
    "search.cabin.first": ("First", "First"),
    "search.go": ("Search flights", "Flüge suchen"),
    "search.found.one": ("{n} place found", "{n} Ort gefunden"),
    "search.found.many": ("{n} places found", "{n} Orte gefunden"),
    "search.wrong.some.one": (
        "One thing is missing or wrong:",
        "Eine Angabe fehlt oder stimmt nicht:",
    ),
    "search.wrong.some.many": (
        "{n} things are missing or wrong:",
        "{n} Angaben fehlen oder stimmen nicht:",
    ),
    "search.wrong.place": (
        "Where? A city, an airport or its code.",
        "Wo? Eine Stadt, ein Flughafen oder sein Code.",
    ),
    "search.wrong.unknown": (
        "No city and no airport is known by “{typed}”. Try its code, or the next larger city.",
        "„{typed}“ ist als Stadt oder Flughafen nicht bekannt. Versuchen Sie den Code oder die "
        "nächste größere Stadt.",
    ),
    "search.wrong.same": ("That is where the trip begins.", "Dort beginnt die Reise schon."),
    "search.wrong.day": ("Which day? Like 2026-12-01.", "An welchem Tag? Zum Beispiel 2026-12-01."),
    "search.wrong.past": ("That day is over.", "Dieser Tag ist vorbei."),
    "search.wrong.order": (
        "That is earlier than the flight before it.",
        "Das ist früher als der Flug davor.",
    ),
    "search.wrong.far": (
        "Airlines sell no flights more than a year ahead.",
        "Weiter als ein Jahr im Voraus verkaufen Fluggesellschaften keine Flüge.",
    ),
    "search.wrong.multi": ("A second direction is missing.", "Eine zweite Strecke fehlt."),
    "search.wrong.number": ("Numbers from 0 to 9, please.", "Bitte Zahlen von 0 bis 9."),
    "search.wrong.people": (
        "One to nine people can be booked together; larger groups ask the airline.",
        "Zusammen gebucht werden können eine bis neun Personen; größere Gruppen fragen die "
        "Fluggesellschaft.",
    ),
    "search.wrong.infants": (
        "Each infant needs the lap of an adult.",
        "Jedes Baby braucht den Schoß eines Erwachsenen.",
    ),
    "search.wrong.refused": (
        "This search is not possible: {why}",
        "Diese Suche ist nicht möglich: {why}",
    ),
    "search.which": ("Which place do you mean?", "Welchen Ort meinen Sie?"),
    "search.which.typed": ("You typed “{typed}”", "Sie haben „{typed}“ geschrieben"),
    "search.which.city": ("all airports", "alle Flughäfen"),
    "search.which.go": ("Go on", "Weiter"),
    "search.which.back": ("Change the search", "Suche ändern"),
    "search.flight": ("Look a flight up", "Einen Flug nachsehen"),
    "search.flight.hint": (
        "A flight number and a day: BA117 tomorrow, LH400 2026-12-01",
        "Eine Flugnummer und ein Tag: BA117 morgen, LH400 1.12.",
    ),
    "search.flight.label": ("Flight number and day", "Flugnummer und Tag"),
    "search.flight.go": ("Look up", "Nachsehen"),
}
