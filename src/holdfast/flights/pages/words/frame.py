"""The law of the frame's words: header, footer, language switch, and what went wrong.

PURE. A table of sentences, nothing else.
"""

WORDS: dict[str, tuple[str, str]] = {
    "frame.brand": ("Holdfast Flights", "Holdfast Flüge"),
    "frame.skip": ("Skip to the content", "Zum Inhalt springen"),
    "frame.site": ("Site", "Seiten"),
    "frame.language": ("Language", "Sprache"),
    "frame.promise": (
        "A price that you have been shown holds until the time that stands beside it.",
        "Ein angezeigter Preis gilt bis zu der Uhrzeit, die daneben steht.",
    ),
    "frame.times": (
        "Times of flights are local at their airports.",
        "Flugzeiten sind Ortszeiten der Flughäfen.",
    ),
    "nav.search": ("Search", "Suche"),
    "nav.flights": ("Flight status", "Flugstatus"),
    "nav.orders": ("My booking", "Meine Buchung"),
    "nav.mine": ("My bookings", "Meine Buchungen"),
    "problem.home": ("To the search", "Zur Suche"),
    "problem.again": ("Try again", "Noch einmal versuchen"),
    "problem.400.title": ("That was not understood", "Das war nicht zu verstehen"),
    "problem.400.text": (
        "The address, or what was sent with it, makes no sense here.",
        "Die Adresse, oder was damit gesendet wurde, ergibt hier keinen Sinn.",
    ),
    "problem.403.title": ("This did not come from our page", "Das kam nicht von unserer Seite"),
    "problem.403.text": (
        "For your safety, forms are taken only from our own pages. Open the page here and send "
        "the form again.",
        "Zu Ihrer Sicherheit nehmen wir Formulare nur von unseren eigenen Seiten an. Öffnen Sie "
        "die Seite hier und senden Sie das Formular noch einmal.",
    ),
    "problem.404.title": ("There is no such page", "Diese Seite gibt es nicht"),
    "problem.404.text": (
        "Nothing is known under this address. It may be mistyped, or what it showed is gone.",
        "Unter dieser Adresse ist nichts bekannt. Vielleicht ist sie falsch geschrieben, oder was "
        "dort stand, ist nicht mehr da.",
    ),
    "problem.405.title": ("That cannot be done here", "Das geht hier nicht"),
    "problem.405.text": (
        "This address does not take what was sent to it.",
        "Diese Adresse nimmt nicht an, was an sie gesendet wurde.",
    ),
    "problem.410.title": ("This offer has ended", "Dieses Angebot ist abgelaufen"),
    "problem.410.text": (
        "Its price was held until the time that stood beside it. Search again: you will be told "
        "if the price has changed.",
        "Sein Preis galt bis zu der Uhrzeit, die daneben stand. Suchen Sie noch einmal: wenn sich "
        "der Preis geändert hat, sagen wir es Ihnen.",
    ),
    "problem.413.title": ("That was too much", "Das war zu viel"),
    "problem.413.text": (
        "More was sent than a form of this page has.",
        "Es wurde mehr gesendet, als ein Formular dieser Seite hat.",
    ),
    "problem.429.title": ("Too many questions at once", "Zu viele Anfragen auf einmal"),
    "problem.429.text": (
        "Very many people are searching just now. Please try again in a minute.",
        "Gerade suchen sehr viele. Bitte versuchen Sie es in einer Minute noch einmal.",
    ),
    "problem.500.title": ("Something broke on our side", "Bei uns ist etwas kaputt"),
    "problem.500.text": (
        "It is not your fault, and it has been written down. Please try again in a moment.",
        "Es liegt nicht an Ihnen, und es ist notiert. Bitte versuchen Sie es gleich noch einmal.",
    ),
    "problem.502.title": ("The service does not answer", "Der Dienst antwortet nicht"),
    "problem.502.text": (
        "Nothing that was confirmed to you is lost. Please try again in a few seconds.",
        "Nichts, was Ihnen bestätigt wurde, ist verloren. Bitte versuchen Sie es in einigen "
        "Sekunden noch einmal.",
    ),
}
