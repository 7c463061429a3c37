"""The law of the words for people: logging in and out, one's account, one's own bookings.

PURE. A table of sentences, nothing else. The names after `people.wrong.` and `people.told.` are
those that `platform.auth` gives what went wrong and what was done.
"""

WORDS: dict[str, tuple[str, str]] = {
    "people.account": ("Account", "Konto"),
    "people.enter": ("Log in", "Anmelden"),
    "people.enter.text": (
        "With an account you find your bookings here, on any device. You can book without one.",
        "Mit einem Konto finden Sie Ihre Buchungen hier, auf jedem Gerät. Sie können auch ohne "
        "Konto buchen.",
    ),
    "people.enter.none": (
        "Accounts are made by whoever operates this site.",
        "Konten legt an, wer diese Seiten betreibt.",
    ),
    "people.name": ("Name", "Name"),
    "people.password": ("Password", "Passwort"),
    "people.go": ("Log in", "Anmelden"),
    "people.me": ("Your account", "Ihr Konto"),
    "people.roles": ("Here as", "Hier als"),
    "people.subject": ("Airline", "Fluggesellschaft"),
    "people.role.admin": ("admin", "Admin"),
    "people.role.agent": ("travel agent", "Reisebüro"),
    "people.role.airline": ("airline", "Fluggesellschaft"),
    "people.role.operator": ("operator", "Betreiber"),
    "people.role.traveller": ("traveller", "Reisende"),
    "people.desk": ("To the desk", "Zum Arbeitsplatz"),
    "people.leave": ("Log out", "Abmelden"),
    "people.leave.all": ("Log out everywhere", "Überall abmelden"),
    "people.change": ("Change the password", "Passwort ändern"),
    "people.change.text": (
        "You stay logged in here and are logged out everywhere else.",
        "Hier bleiben Sie angemeldet, überall sonst werden Sie abgemeldet.",
    ),
    "people.old": ("Current password", "Bisheriges Passwort"),
    "people.new": ("New password", "Neues Passwort"),
    "people.rule": (
        "At least 12 characters; a few words are better than special characters.",
        "Mindestens 12 Zeichen; ein paar Wörter sind besser als Sonderzeichen.",
    ),
    "people.told.password changed": (
        "Your password was changed. You stay logged in here alone.",
        "Ihr Passwort ist geändert. Angemeldet bleiben Sie nur hier.",
    ),
    "people.wrong.wrong": (
        "Name and password do not belong together.",
        "Name und Passwort gehören nicht zusammen.",
    ),
    "people.wrong.braked": (
        "Too many tries. Please try again in {n} s.",
        "Zu viele Versuche. Bitte versuchen Sie es in {n} s noch einmal.",
    ),
    "people.wrong.short password": (
        "A password has at least 12 characters.",
        "Ein Passwort hat mindestens 12 Zeichen.",
    ),
    "people.wrong.long password": (
        "A password has at most 200 characters.",
        "Ein Passwort hat höchstens 200 Zeichen.",
    ),
    "people.wrong.dull password": (
        "This password repeats a few characters.",
        "Dieses Passwort wiederholt wenige Zeichen.",
    ),
    "mine.title": ("My bookings", "Meine Buchungen"),
    "mine.due": ("Waiting for payment", "Warten auf Zahlung"),
    "mine.all": ("All", "Alle"),
    "mine.which": ("Which bookings", "Welche Buchungen"),
    "mine.none": ("There is no booking here yet.", "Hier ist noch keine Buchung."),
    "mine.not": (
        "Your account does not book: it has no bookings of its own.",
        "Ihr Konto bucht nicht: es hat keine eigenen Buchungen.",
    ),
    "mine.reference": ("Booking", "Buchung"),
    "mine.trip": ("Flight", "Flug"),
    "mine.people": ("Who flies", "Wer fliegt"),
    "mine.standing": ("Standing", "Stand"),
    "mine.total": ("Total", "Gesamt"),
    "mine.by": ("pay by", "zahlbar bis"),
    "mine.older": ("More bookings", "Weitere Buchungen"),
    "mine.other": (
        "Booked without the account? Find it by its reference",
        "Ohne das Konto gebucht? Mit der Buchungsnummer finden",
    ),
}
