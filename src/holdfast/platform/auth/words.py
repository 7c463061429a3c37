"""PURE. The words of the pages for people, in English and German.

The German ones say Sie, as those of both applications do (tests/support/german.py holds that).
"""

from collections.abc import Mapping
from typing import Literal

Language = Literal["en", "de"]
LANGUAGES: dict[Language, str] = {"en": "English", "de": "Deutsch"}
"""Each by its own name, in the order of the switch."""
LANGUAGE_COOKIE = "holdfast_language"
"""Set by the language switch of these pages and of both applications."""
MAX_HEADER_CHARS = 200

_WORDS: dict[str, tuple[str, str]] = {
    "title.enter": ("Log in", "Anmelden"),
    "title.guest": ("You are in", "Sie sind angemeldet"),
    "title.welcome": ("Welcome", "Willkommen"),
    "title.me": ("Your account", "Ihr Konto"),
    "title.audit": ("Audit log", "Protokoll"),
    "account": ("With an account", "Mit einem Konto"),
    "audit": (
        "What was done by whom, newest first. Times are UTC. Nobody can change an entry.",
        "Wer was getan hat, das Neueste zuerst. Zeiten in UTC. Niemand kann einen Eintrag ändern.",
    ),
    "audit.at": ("When", "Wann"),
    "audit.who": ("Who", "Wer"),
    "audit.act": ("What", "Was"),
    "audit.target": ("To", "Woran"),
    "audit.detail": ("How", "Wie"),
    "audit.origin": ("From", "Von wo"),
    "audit.none": ("There is no entry here.", "Hier ist kein Eintrag."),
    "audit.older": ("Older entries", "Ältere Einträge"),
    "audit.newest": ("The newest", "Die neuesten"),
    "by university": ("Log in with", "Anmelden mit"),
    "change password": ("Change password", "Passwort ändern"),
    "enter": ("Log in", "Anmelden"),
    "go on": ("Go on to the site", "Weiter zur Seite"),
    "guest.admin": (
        "With the token of the course staff. This browser keeps it for a working day.",
        "Mit dem Schlüssel der Kursleitung. Dieser Browser behält ihn einen Arbeitstag lang.",
    ),
    "guest.viewer": (
        "With a token that reads all results. This browser keeps it for a working day.",
        "Mit einem Schlüssel, der alle Ergebnisse liest. Dieser Browser behält ihn einen "
        "Arbeitstag lang.",
    ),
    "guest.student": (
        "As student {}. This browser keeps that for a working day.",
        "Mit der Nummer {}. Dieser Browser behält das einen Arbeitstag lang.",
    ),
    "guest.other": ("Log in with an account instead", "Stattdessen mit einem Konto anmelden"),
    "language": ("Language", "Sprache"),
    "leave": ("Leave", "Abmelden"),
    "log in": ("Log in", "Anmelden"),
    "log out": ("Log out", "Abmelden"),
    "log out everywhere": ("Log out everywhere", "Überall abmelden"),
    "make admin": ("Make the account", "Konto anlegen"),
    "name": ("Name", "Name"),
    "new password": ("New password", "Neues Passwort"),
    "no audit": (
        "The audit log is for admins and operators.",
        "Das Protokoll ist für Admins und Betreiber.",
    ),
    "old password": ("Current password", "Bisheriges Passwort"),
    "password": ("Password", "Passwort"),
    "password changed": (
        "Your password was changed. You stay logged in here alone.",
        "Ihr Passwort ist geändert. Angemeldet bleiben Sie nur hier.",
    ),
    "personal": ("Your personal token", "Ihr persönlicher Schlüssel"),
    "pin": ("With your PIN", "Mit Ihrer PIN"),
    "your pin": ("Your personal result PIN", "Ihre persönliche Ergebnis-PIN"),
    "role.admin": ("admin", "Admin"),
    "role.agent": ("travel agent", "Reisebüro"),
    "role.airline": ("airline", "Fluggesellschaft"),
    "role.operator": ("operator", "Betreiber"),
    "role.service": ("service", "Dienst"),
    "role.student": ("student", "Studierende"),
    "role.teacher": ("teacher", "Lehrende"),
    "role.traveller": ("traveller", "Reisende"),
    "roles": ("Roles", "Rollen"),
    "rule": (
        "At least 12 characters; a few words are better than special characters.",
        "Mindestens 12 Zeichen; ein paar Wörter sind besser als Sonderzeichen.",
    ),
    "student": ("As a student", "Als Studentin oder Student"),
    "subject": ("Belongs to", "Gehört zu"),
    "token": ("With a token", "Mit einem Zugangsschlüssel"),
    "token of staff": ("Token of the course staff", "Schlüssel der Kursleitung"),
    "uid": ("Your id", "Ihre Nummer"),
    "welcome text": (
        "This link makes you the admin of this installation. It works once.",
        "Dieser Link macht Sie zum Admin dieser Installation. Er gilt einmal.",
    ),
    "wrong": (
        "Name and password do not belong together.",
        "Name und Passwort gehören nicht zusammen.",
    ),
    "wrong token": (
        "That token opens nothing here. Please check it for missing or extra characters.",
        "Dieser Schlüssel öffnet hier nichts. Bitte prüfen Sie, ob Zeichen fehlen "
        "oder zu viel sind.",
    ),
    "wrong link": (
        "This link has been used or is too old. The server's operator can print a new one.",
        "Dieser Link ist benutzt oder zu alt. Wer den Server betreibt, kann einen neuen ausgeben.",
    ),
    "wrong university": (
        "The university did not confirm who you are, or you have no role here.",
        "Die Universität hat nicht bestätigt, wer Sie sind, oder Sie haben hier keine Rolle.",
    ),
    "away university": (
        "The university's log-in does not answer. Please try again later.",
        "Die Anmeldung der Universität antwortet nicht. Bitte versuchen Sie es später noch einmal.",
    ),
    "braked": (
        "Too many tries. Please try again in {} s.",
        "Zu viele Versuche. Bitte versuchen Sie es in {} s noch einmal.",
    ),
    "bad name": (
        "A name is like mira or mira@uni.example.",
        "Ein Name ist wie mira oder mira@uni.example.",
    ),
    "taken name": ("This name has an account already.", "Dieser Name hat schon ein Konto."),
    "short password": (
        "A password has at least 12 characters.",
        "Ein Passwort hat mindestens 12 Zeichen.",
    ),
    "long password": (
        "A password has at most 200 characters.",
        "Ein Passwort hat höchstens 200 Zeichen.",
    ),
    "dull password": (
        "This password repeats a few characters.",
        "Dieses Passwort wiederholt wenige Zeichen.",
    ),
}


_ACTS = {
    "logged in": "angemeldet",
    "log-in failed": "Anmeldung gescheitert",
    "logged out": "abgemeldet",
    "logged out everywhere": "überall abgemeldet",
    "account made": "Konto angelegt",
    "account disabled": "Konto gesperrt",
    "account enabled": "Konto entsperrt",
    "password set": "Passwort gesetzt",
    "roles set": "Rollen gesetzt",
    "token made": "Schlüssel angelegt",
    "token revoked": "Schlüssel widerrufen",
    "first link made": "erster Link angelegt",
    "roster imported": "Kursliste eingelesen",
    "claim tokens read": "Schlüssel der Studierenden gelesen",
    "price decided": "über Preis entschieden",
    "file decided": "über Datei entschieden",
    "feed delivered": "Datei geliefert",
    "balance changed": "Guthaben geändert",
    "course changed": "Kurs geändert",
    "results exported": "Ergebnisse exportiert",
}


def act_in(language: Language, act: str) -> str:
    """An act of the audit log; one that only another version knows stays as it was written."""
    return _ACTS.get(act, act) if language == "de" else act


def says(language: Language, key: str, value: object = "") -> str:
    """The words for a key, a number put into its place."""
    english, german = _WORDS[key]
    return (german if language == "de" else english).replace("{}", str(value))


def language_of(cookies: Mapping[str, str], accepts: str, asked: str = "") -> Language:
    """The reader's language: what they ask for now, else what they chose before, else the first
    known one that the browser names."""
    chosen = cookies.get(LANGUAGE_COOKIE, "")
    for wish in (asked, chosen, *accepts[:MAX_HEADER_CHARS].split(",")):
        tag = wish.strip()[:2].lower()
        if tag == "de":
            return "de"
        if tag == "en":
            return "en"
    return "en"
