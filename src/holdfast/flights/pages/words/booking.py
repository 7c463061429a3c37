"""The law of the words of booking: an offer, its seats, the passengers' form.

PURE. A table of sentences, nothing else.
"""

WORDS: dict[str, tuple[str, str]] = {
    "booking.steps": ("Steps of the booking", "Schritte der Buchung"),
    "booking.step.trip": ("Trip", "Reise"),
    "booking.step.seats": ("Seats", "Plätze"),
    "booking.step.passengers": ("Passengers and payment", "Reisende und Zahlung"),
    "booking.step.done": ("Booked", "Gebucht"),
    "booking.summary": ("Summary", "Übersicht"),
    "booking.lock": ("Price locked until", "Preis gilt bis"),
    "booking.lock.over": ("over", "vorbei"),
    "booking.terminal": ("Terminal {name}", "Terminal {name}"),
    "booking.operated": ("operated by {name}", "durchgeführt von {name}"),
    "booking.stops": ("lands at {places}", "landet in {places}"),
    "booking.later.one": ("next day", "am nächsten Tag"),
    "booking.later.many": ("+{n} days", "+{n} Tage"),
    "booking.layover": ("{time} in {place}", "{time} Aufenthalt in {place}"),
    "booking.people.one": ("1 passenger", "1 Person"),
    "booking.people.many": ("{n} passengers", "{n} Personen"),
    "booking.taxes": (
        "Total for everybody, {tax} taxes included",
        "Für alle zusammen, inklusive {tax} Steuern",
    ),
    "booking.change.no": ("Cannot be changed", "Keine Umbuchung"),
    "booking.change.free": ("Can be changed free of charge", "Umbuchung kostenlos"),
    "booking.change.fee": ("Can be changed for {fee}", "Umbuchung für {fee}"),
    "booking.change.unknown": (
        "Changes: ask the airline",
        "Umbuchung: bitte bei der Fluggesellschaft fragen",
    ),
    "booking.refund.no": ("Not refundable", "Keine Erstattung"),
    "booking.refund.free": ("Fully refundable", "Voll erstattbar"),
    "booking.refund.fee": ("Refundable, less {fee}", "Erstattbar, abzüglich {fee}"),
    "booking.refund.unknown": (
        "Refunds: ask the airline",
        "Erstattung: bitte bei der Fluggesellschaft fragen",
    ),
    "booking.checked.one": ("1 checked bag each", "1 Aufgabegepäck je Person"),
    "booking.checked.many": ("{n} checked bags each", "{n} Stück Aufgabegepäck je Person"),
    "booking.carried.one": ("1 cabin bag each", "1 Handgepäck je Person"),
    "booking.carried.many": ("{n} cabin bags each", "{n} Stück Handgepäck je Person"),
    "offer.title": ("Your trip", "Ihre Reise"),
    "offer.seats": ("Choose seats", "Plätze wählen"),
    "offer.on": ("Continue without seats", "Ohne Plätze weiter"),
    "offer.hold": ("Can be held and paid later", "Kann gehalten und später bezahlt werden"),
    "offer.again.same": ("The same flights, searched anew", "Dieselben Flüge, neu gesucht"),
    "offer.again.other": (
        "Those flights cannot be had any more; this is the best there is",
        "Diese Flüge gibt es so nicht mehr; dies ist das beste Angebot",
    ),
    "offer.again.dearer": (
        "{size} more than {before} before.",
        "{size} mehr als die {before} vorher.",
    ),
    "offer.again.cheaper": (
        "{size} less than {before} before.",
        "{size} weniger als die {before} vorher.",
    ),
    "offer.again.equal": ("At the same price as before.", "Zum selben Preis wie vorher."),
    "gone.title": ("Not available any more", "Nicht mehr verfügbar"),
    "gone.expired.title": (
        "The price lock of this offer has ended",
        "Die Preisgarantie dieses Angebots ist abgelaufen",
    ),
    "gone.expired.text": (
        "Nothing was booked and nothing was charged. Search the same flights again: you will see "
        "what they cost now and how that differs.",
        "Es wurde nichts gebucht und nichts bezahlt. Suchen Sie dieselben Flüge noch einmal: Sie "
        "sehen, was sie jetzt kosten und was sich geändert hat.",
    ),
    "gone.sold_out.title": ("Sold out a moment ago", "Gerade ausverkauft"),
    "gone.sold_out.text": (
        "Somebody else took the last seats at this price. Nothing was booked and nothing was "
        "charged.",
        "Jemand anderes hat die letzten Plätze zu diesem Preis genommen. Es wurde nichts gebucht "
        "und nichts bezahlt.",
    ),
    "gone.booked.title": ("This offer is booked already", "Dieses Angebot ist schon gebucht"),
    "gone.booked.text": (
        "It was not booked a second time. Find the booking by its reference and a family name.",
        "Es wurde nicht noch einmal gebucht. Sie finden die Buchung über ihre Nummer und einen "
        "Nachnamen.",
    ),
    "gone.nothing.title": ("Nothing is left", "Es ist nichts mehr da"),
    "gone.nothing.text": (
        "The same search finds no flights any more. Try another day or another airport.",
        "Dieselbe Suche findet keine Flüge mehr. Versuchen Sie einen anderen Tag oder Flughafen.",
    ),
    "gone.again": ("Find the same flights again", "Dieselben Flüge noch einmal suchen"),
    "gone.new": ("New search", "Neue Suche"),
    "gone.find": ("Find my booking", "Meine Buchung finden"),
    "gone.was": ("What it was", "Das war es"),
    "cabin.economy": ("Economy", "Economy"),
    "cabin.premium_economy": ("Premium Economy", "Premium Economy"),
    "cabin.business": ("Business", "Business"),
    "cabin.first": ("First", "First"),
    "seats.title": ("Seat {n} of {of}", "Platz {n} von {of}"),
    "seats.people": ("Who sits where", "Wer wo sitzt"),
    "seats.who.adult": ("Passenger {n}", "Person {n}"),
    "seats.who.child": ("Passenger {n}, child", "Person {n}, Kind"),
    "seats.map": ("Seat for {who}", "Platz für {who}"),
    "seats.keys": (
        "Move with the arrow keys; the seat you stand on is chosen.",
        "Mit den Pfeiltasten bewegen; der Platz, auf dem Sie stehen, ist gewählt.",
    ),
    "seats.legend": ("What the signs mean", "Bedeutung der Zeichen"),
    "seats.included": ("included", "inklusive"),
    "seats.state.free": ("free", "frei"),
    "seats.state.taken": ("taken", "belegt"),
    "seats.state.restricted": ("not for this passenger", "nicht für diese Person"),
    "seats.state.party": ("your party", "Ihre Gruppe"),
    "seats.held": ("taken by passenger {n} of your party", "gewählt von Person {n} Ihrer Gruppe"),
    "seats.told": ("with conditions", "mit Bedingungen"),
    "seats.deck": ("Deck {n}", "Deck {n}"),
    "seats.none": (
        "There is no seat map for this flight. Seats are given at check-in.",
        "Für diesen Flug gibt es keinen Sitzplan. Plätze werden beim Check-in vergeben.",
    ),
    "seats.lost": (
        "Seat {seat} has just been taken by somebody else. Please choose another one.",
        "Platz {seat} hat gerade jemand anderes genommen. Bitte wählen Sie einen anderen.",
    ),
    "seats.full": (
        "There are not enough free seats for everybody. Choose one by one, or skip.",
        "Es sind nicht genug Plätze für alle frei. Wählen Sie einzeln, oder überspringen Sie.",
    ),
    "seats.confirm.title": ("Seat {seat} has conditions", "Platz {seat} hat Bedingungen"),
    "seats.confirm.tick": (
        "I confirm this for whoever sits there",
        "Ich bestätige das für die Person auf diesem Platz",
    ),
    "seats.confirm.wrong": (
        "Please confirm, or choose another seat.",
        "Bitte bestätigen, oder einen anderen Platz wählen.",
    ),
    "seats.confirm.go": ("Take seat {seat}", "Platz {seat} nehmen"),
    "seats.confirm.other": ("Choose another seat", "Anderen Platz wählen"),
    "seats.total": ("Seats in all", "Plätze zusammen"),
    "seats.next": ("Next", "Weiter"),
    "seats.last": ("Take these seats", "Diese Plätze nehmen"),
    "seats.best": ("Best seats together", "Beste Plätze zusammen"),
    "seats.best.one": ("Best seat", "Bester Platz"),
    "seats.skip": ("Skip", "Überspringen"),
    "seats.done": ("Done with seats", "Fertig mit Plätzen"),
    "seat.standard": ("Standard", "Standard"),
    "seat.front": ("Front", "Vorne"),
    "seat.extra_legroom": ("Extra legroom", "Mehr Beinfreiheit"),
    "seat.exit_row": ("Exit row", "Notausgang"),
    "fixture.lavatory": ("WC", "WC"),
    "fixture.galley": ("Galley", "Küche"),
    "fixture.closet": ("Closet", "Schrank"),
    "fixture.exit_row": ("Exit", "Ausgang"),
    "fixture.bassinet": ("Bassinet", "Babybett"),
    "fixture.stairs": ("Stairs", "Treppe"),
    "disclosure.whoever_sits_at": (
        "Whoever sits at an exit must be an adult who is able and willing to help in an emergency.",
        "Wer am Notausgang sitzt, muss erwachsen sein und im Notfall helfen können und wollen.",
    ),
    "disclosure.bags_must_be": (
        "Bags must be stowed overhead for take-off and landing.",
        "Gepäck muss bei Start und Landung oben verstaut sein.",
    ),
    "checkout.title": ("Passengers and payment", "Reisende und Zahlung"),
    "checkout.person": ("Passenger {n}", "Person {n}"),
    "checkout.contact": ("Contact", "Kontakt"),
    "checkout.errors.one": ("One thing is missing or wrong", "Eine Angabe fehlt oder ist falsch"),
    "checkout.errors.many": (
        "{n} things are missing or wrong",
        "{n} Angaben fehlen oder sind falsch",
    ),
    "checkout.pay": ("Pay now", "Jetzt bezahlen"),
    "checkout.pay.how": (
        "Paid from this shop's account with the airline: no card is asked for here.",
        "Bezahlt vom Konto dieses Anbieters bei der Fluggesellschaft: hier wird keine Karte "
        "verlangt.",
    ),
    "checkout.pay.now": ("Book and pay {total}", "Für {total} buchen und bezahlen"),
    "checkout.hold": ("Or hold and pay later", "Oder halten und später bezahlen"),
    "checkout.hold.by": ("Pay by", "Zahlbar bis"),
    "checkout.hold.price": ("price guaranteed until", "Preis garantiert bis"),
    "checkout.hold.noprice": (
        "The seats are kept, the price may change until you pay.",
        "Die Plätze bleiben, der Preis kann sich bis zur Zahlung ändern.",
    ),
    "checkout.hold.go": ("Hold without paying", "Halten ohne zu bezahlen"),
    "checkout.hold.no": (
        "This fare cannot be held: it is paid at once.",
        "Dieser Tarif kann nicht gehalten werden: er wird sofort bezahlt.",
    ),
    "checkout.tax": ("Taxes", "Steuern"),
    "checkout.total": ("Total", "Summe"),
    "checkout.seat": ("Seat {seat}, {flight}, passenger {n}", "Platz {seat}, {flight}, Person {n}"),
    "checkout.seats.choose": ("Choose seats", "Plätze wählen"),
    "checkout.seats.change": ("Change seats", "Plätze ändern"),
    "checkout.seats.again": ("Choose another seat", "Anderen Platz wählen"),
    "checkout.sent": ("One moment …", "Einen Moment …"),
    "checkout.trouble.seat": (
        "One of the seats was taken in the meantime. Nothing was booked: choose another seat, or "
        "book without it.",
        "Einer der Plätze wurde inzwischen vergeben. Es wurde nichts gebucht: wählen Sie einen "
        "anderen Platz, oder buchen Sie ohne ihn.",
    ),
    "checkout.trouble.exit": (
        "A seat has conditions that nobody has confirmed. Please open the seats once more.",
        "Ein Platz hat Bedingungen, die niemand bestätigt hat. Bitte öffnen Sie die Plätze "
        "noch einmal.",
    ),
    "checkout.trouble.money": (
        "The payment was refused. Nothing was booked and nothing was charged.",
        "Die Zahlung wurde abgelehnt. Es wurde nichts gebucht und nichts abgebucht.",
    ),
    "checkout.trouble.names": (
        "Two passengers have the same name.",
        "Zwei Reisende haben denselben Namen.",
    ),
    "checkout.trouble.hold": (
        "This fare cannot be held. Please pay at once.",
        "Dieser Tarif kann nicht gehalten werden. Bitte bezahlen Sie sofort.",
    ),
    "checkout.trouble.holds": (
        "You hold as many bookings without payment as you may. Please pay or cancel one of them, "
        "or pay this one at once.",
        "Sie halten bereits so viele unbezahlte Buchungen, wie möglich ist. Bitte bezahlen oder "
        "stornieren Sie eine davon, oder bezahlen Sie diese sofort.",
    ),
    "checkout.trouble.account": (
        "You are logged in as somebody else than when this form was shown. Nothing was booked: "
        "if you send it again, it is booked for the account that you see above.",
        "Sie sind nicht mehr mit demselben Konto angemeldet wie vorhin. Es wurde nichts gebucht: "
        "wenn Sie noch einmal senden, wird für das Konto gebucht, das oben steht.",
    ),
    "checkout.trouble.nobody": (
        "You are not logged in any more. Nothing was booked: log in, or send the form again to "
        "book without an account.",
        "Sie sind nicht mehr angemeldet. Es wurde nichts gebucht: melden Sie sich an, oder senden "
        "Sie das Formular noch einmal, um ohne Konto zu buchen.",
    ),
    "checkout.trouble.away": (
        "The booking service does not answer just now. Nothing was booked: please send the form "
        "again.",
        "Der Buchungsdienst antwortet gerade nicht. Es wurde nichts gebucht: bitte senden Sie das "
        "Formular noch einmal.",
    ),
    "checkout.trouble.unknown": (
        "The answer got lost, so we do not know yet whether it is booked. Please send the form "
        "again: it will not be booked twice.",
        "Die Antwort ging verloren, darum wissen wir noch nicht, ob gebucht ist. Bitte senden Sie "
        "das Formular noch einmal: es wird nicht doppelt gebucht.",
    ),
    "party.choose": ("Choose", "Bitte wählen"),
    "party.type.adult": ("adult", "erwachsen"),
    "party.type.child": ("child", "Kind"),
    "party.type.infant_without_seat": ("infant on a lap", "Kleinkind auf dem Schoß"),
    "party.title": ("Title", "Anrede"),
    "party.title.ms": ("Ms", "Frau (Ms)"),
    "party.title.mr": ("Mr", "Herr (Mr)"),
    "party.title.mrs": ("Mrs", "Frau (Mrs)"),
    "party.title.miss": ("Miss", "Fräulein (Miss)"),
    "party.title.dr": ("Dr", "Dr."),
    "party.title.missing": ("Choose a title.", "Bitte eine Anrede wählen."),
    "party.given": ("Given names", "Vornamen"),
    "party.family": ("Family name", "Nachname"),
    "party.name.hint": ("As in the passport", "Wie im Reisepass"),
    "party.name.hint.family": ("Latin letters only", "Nur lateinische Buchstaben"),
    "party.given.missing": ("Enter the given names.", "Bitte die Vornamen eintragen."),
    "party.family.missing": ("Enter the family name.", "Bitte den Nachnamen eintragen."),
    "party.name.long": (
        "Tickets carry at most 20 characters: shorten the name.",
        "Auf Tickets passen höchstens 20 Zeichen: bitte kürzen.",
    ),
    "party.name.letters": (
        "Only Latin letters, spaces, hyphens and apostrophes fit on a ticket.",
        "Auf Tickets passen nur lateinische Buchstaben, Leerzeichen, Binde- und Apostrophstriche.",
    ),
    "party.name.twice": (
        "Two passengers of one booking need different names.",
        "Zwei Reisende einer Buchung brauchen verschiedene Namen.",
    ),
    "party.gender": ("Gender in the passport", "Geschlecht im Pass"),
    "party.gender.f": ("Female", "Weiblich"),
    "party.gender.m": ("Male", "Männlich"),
    "party.gender.missing": ("Choose what the passport says.", "Bitte wählen, was im Pass steht."),
    "party.born": ("Date of birth", "Geburtsdatum"),
    "party.born.hint": ("For example 1990-05-17 or 17.5.1990", "Zum Beispiel 17.5.1990"),
    "party.born.missing": ("Enter the date of birth.", "Bitte das Geburtsdatum eintragen."),
    "party.born.form": ("This is no date.", "Das ist kein Datum."),
    "party.born.future": ("This date is in the future.", "Dieses Datum liegt in der Zukunft."),
    "party.born.old": ("This date is too long ago.", "Dieses Datum liegt zu lange zurück."),
    "party.born.adult": (
        "The price is for an adult: 12 years or older at departure. Search again for a child.",
        "Der Preis ist für Erwachsene ab 12 Jahren beim Abflug. Für ein Kind bitte neu suchen.",
    ),
    "party.born.child": (
        "The price is for a child: 2 to 11 years at departure. Search again for another age.",
        "Der Preis ist für ein Kind von 2 bis 11 Jahren beim Abflug. Sonst bitte neu suchen.",
    ),
    "party.born.infant_without_seat": (
        "The price is for an infant under 2 years at departure. Search again for a child.",
        "Der Preis ist für ein Kleinkind unter 2 Jahren beim Abflug. Sonst bitte neu suchen.",
    ),
    "party.lap": ("On the lap of", "Auf dem Schoß von"),
    "party.lap.missing": ("Choose an adult.", "Bitte eine erwachsene Person wählen."),
    "party.lap.twice": (
        "Each infant needs an adult of its own.",
        "Jedes Kleinkind braucht eine eigene erwachsene Person.",
    ),
    "party.email": ("E-mail", "E-Mail"),
    "party.email.hint": ("For news of the flight", "Für Nachrichten zum Flug"),
    "party.email.missing": ("Enter an e-mail address.", "Bitte eine E-Mail-Adresse eintragen."),
    "party.email.form": ("This is no e-mail address.", "Das ist keine E-Mail-Adresse."),
    "party.phone": ("Phone", "Telefon"),
    "party.phone.hint": ("With country code, e.g. +44 20 …", "Mit Ländervorwahl, z. B. +49 69 …"),
    "party.phone.missing": ("Enter a phone number.", "Bitte eine Telefonnummer eintragen."),
    "party.phone.form": (
        "Enter the number with its country code, e.g. +44 20 7946 0123.",
        "Bitte mit Ländervorwahl eintragen, z. B. +49 69 1234567.",
    ),
}
