"""The law of the words of orders: finding one, how it stands, paying and giving it back.

PURE. A table of sentences, nothing else.
"""

WORDS: dict[str, tuple[str, str]] = {
    "orders.title": ("Find my booking", "Meine Buchung finden"),
    "orders.text": (
        "With the booking reference and the family name of anybody who travels.",
        "Mit der Buchungsnummer und dem Nachnamen einer Person, die reist.",
    ),
    "orders.reference": ("Booking reference", "Buchungsnummer"),
    "orders.name": ("Family name", "Nachname"),
    "orders.find": ("Open booking", "Buchung öffnen"),
    "orders.unknown": (
        "No booking has this reference and this family name.",
        "Es gibt keine Buchung mit dieser Nummer und diesem Nachnamen.",
    ),
    "orders.often": (
        "Too many tries. Please wait some minutes, or use the link of your booking.",
        "Zu viele Versuche. Bitte warten Sie einige Minuten, oder nutzen Sie den Link Ihrer "
        "Buchung.",
    ),
    "order.title": ("Booking {reference}", "Buchung {reference}"),
    "order.standing.paid": ("Booked and paid", "Gebucht und bezahlt"),
    "order.standing.held": ("Held, not paid yet", "Gehalten, noch nicht bezahlt"),
    "order.standing.price_ended": (
        "Held, price guarantee ended",
        "Gehalten, Preisgarantie abgelaufen",
    ),
    "order.standing.cancelled": ("Cancelled", "Storniert"),
    "order.standing.lapsed": ("Not paid in time", "Nicht rechtzeitig bezahlt"),
    "order.news.paid": (
        "Thank you: it is paid, the tickets are issued.",
        "Danke: bezahlt, die Tickets sind ausgestellt.",
    ),
    "order.news.repriced": ("This is the current price.", "Das ist der aktuelle Preis."),
    "order.news.accepted": (
        "You have accepted the airline's change.",
        "Sie haben die Änderung der Fluggesellschaft angenommen.",
    ),
    "order.news.cancelled": ("The booking is cancelled.", "Die Buchung ist storniert."),
    "order.due.held": ("Waiting for payment", "Wartet auf Zahlung"),
    "order.due.price_ended": (
        "Waiting for payment at a new price",
        "Wartet auf Zahlung zum neuen Preis",
    ),
    "order.due.by": ("Your seats are kept. Pay by", "Ihre Plätze sind gesichert. Zahlbar bis"),
    "order.due.ended": (
        "The price guarantee has ended: ask for the current price, then pay that.",
        "Die Preisgarantie ist abgelaufen: fragen Sie den aktuellen Preis ab und bezahlen "
        "Sie dann diesen.",
    ),
    "order.pay": ("Pay {total}", "{total} bezahlen"),
    "order.reprice": ("Ask for the current price", "Aktuellen Preis abfragen"),
    "order.cancelled": ("Cancelled {at}.", "Storniert {at}."),
    "order.refunded": ("{amount} were given back.", "{amount} wurden erstattet."),
    "order.lapsed": (
        "It was not paid in time, so the seats went back. Nothing was charged.",
        "Sie wurde nicht rechtzeitig bezahlt, die Plätze sind wieder frei. Es wurde nichts "
        "abgebucht.",
    ),
    "order.change": (
        "The airline has changed your flight",
        "Die Fluggesellschaft hat Ihren Flug geändert",
    ),
    "order.change.gone": (
        "The airline has cancelled your flight",
        "Die Fluggesellschaft hat Ihren Flug gestrichen",
    ),
    "order.change.was": ("You booked", "Gebucht"),
    "order.change.now": ("It flies now", "Fliegt jetzt"),
    "order.change.accept": ("Accept the change", "Änderung annehmen"),
    "order.change.refuse": ("Refuse: see the refund", "Ablehnen: Erstattung ansehen"),
    "order.calendar": ("Add to calendar", "In den Kalender"),
    "order.travellers": ("Who flies", "Wer fliegt"),
    "order.ticket": ("Ticket", "Ticket"),
    "order.cancel": ("Cancel booking", "Buchung stornieren"),
    "order.cancel.hint": (
        "You will see what you get back before anything is cancelled.",
        "Sie sehen erst, was Sie zurückbekommen; noch wird nichts storniert.",
    ),
    "order.secret": (
        "Whoever has the address of this page can see and cancel the booking: keep it for "
        "yourself.",
        "Wer die Adresse dieser Seite hat, kann die Buchung sehen und stornieren: geben Sie "
        "sie nicht weiter.",
    ),
    "order.trouble.paid": ("It is paid already.", "Sie ist schon bezahlt."),
    "order.trouble.lapsed": ("The time to pay has ended.", "Die Zeit zum Bezahlen ist abgelaufen."),
    "order.trouble.price": (
        "The price guarantee has ended. Nothing was charged: ask for the current price.",
        "Die Preisgarantie ist abgelaufen. Es wurde nichts abgebucht: fragen Sie den aktuellen "
        "Preis ab.",
    ),
    "order.trouble.guaranteed": ("The price still holds.", "Der Preis gilt noch."),
    "order.trouble.gone": (
        "This fare is not sold any more. Cancel the hold, which costs nothing, and search anew.",
        "Dieser Tarif wird nicht mehr verkauft. Stornieren Sie kostenlos und suchen Sie neu.",
    ),
    "order.trouble.money": (
        "The payment was refused; nothing was charged.",
        "Die Zahlung wurde abgelehnt; es wurde nichts abgebucht.",
    ),
    "order.trouble.cancelled": ("It is cancelled already.", "Sie ist schon storniert."),
    "order.trouble.departed": ("The first flight has left.", "Der erste Flug ist schon weg."),
    "order.trouble.quote": (
        "That refund offer has ended. Nothing was cancelled: ask for a new one.",
        "Dieses Erstattungsangebot ist abgelaufen. Es wurde nichts storniert: fragen Sie neu an.",
    ),
    "order.trouble.other": (
        "That cannot be done with this booking now.",
        "Das geht mit dieser Buchung jetzt nicht.",
    ),
    "cancel.title": ("Cancel booking {reference}?", "Buchung {reference} stornieren?"),
    "cancel.short": ("Cancel", "Stornieren"),
    "cancel.back": ("You get back", "Sie bekommen zurück"),
    "cancel.of": ("of {total} paid", "von {total} bezahlt"),
    "cancel.nothing": ("This fare is not refundable.", "Dieser Tarif wird nicht erstattet."),
    "cancel.nothing.unpaid": ("Nothing has been paid yet.", "Es wurde noch nichts bezahlt."),
    "cancel.holds": ("This refund can be had until", "Diese Erstattung gilt bis"),
    "cancel.final": (
        "The seats go back at once. This cannot be undone.",
        "Die Plätze werden sofort frei. Das lässt sich nicht rückgängig machen.",
    ),
    "cancel.over": ("This refund offer has ended.", "Dieses Erstattungsangebot ist abgelaufen."),
    "cancel.again": ("Ask again", "Neu anfragen"),
    "cancel.confirm": ("Yes, cancel", "Ja, stornieren"),
    "cancel.keep": ("No, keep it", "Nein, behalten"),
}
