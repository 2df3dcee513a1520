"""Vietnamese first, English second: which language a screen speaks, and how it writes dates and numbers."""

from datetime import date, datetime, timedelta

from flask import Flask, session
from flask_babel import Babel, get_locale, gettext

from inspect_app.domain import text as words
from inspect_app.domain.sentences import Sentence

from .access import is_for_machines

LANGUAGES = ("vi", "en")


def install(app: Flask) -> None:
    Babel(app, locale_selector=chosen_language)
    app.jinja_env.filters.update(
        date=words.format_date,
        moment=moment,
        number=words.format_number,
        capital=words.capital,
        span=span,
        share=lambda pair: words.format_share(*pair),
        term=term,
    )
    app.jinja_env.globals["locale"] = get_locale


def chosen_language() -> str:
    """Programs read one language, whoever is signed in."""
    return "vi" if is_for_machines() else language_of_screens()


def language_of_screens() -> str:
    """What the person at this browser chose; the phone's own program reads it too, for what it will show."""
    found: str = session.get("language", "vi")
    return found


def term(text: str) -> str:
    """A label or Sentence of the domain (marked there with N_) in the language of the screen."""
    if isinstance(text, Sentence) and text.params:
        return str(gettext(text.message)) % {name: _said(value) for name, value in text.params.items()}
    return str(gettext(text)) if text else ""


def _said(value: object) -> object:
    """A param: only a Sentence is translated; a name that happens to be a word of ours is left alone."""
    return term(value) if isinstance(value, Sentence) else value


def span(days: tuple[date | None, date | None]) -> str:
    """The days from the first to the last in force, given the first one and the first one after: both may be open."""
    first, after = days
    start = words.format_date(first) if first else ""
    last = words.format_date(after - timedelta(days=1)) if after else ""
    if start and last:
        return f"{start} – {last}"
    if start:
        return str(gettext("từ %(start)s đến nay", start=start))
    return str(gettext("đến %(last)s", last=last) if last else gettext("không giới hạn"))


def moment(value: datetime | date | None) -> str:
    """A time as people read it: 14:05 02/09/2026, in the office's zone."""
    from .services import services

    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.astimezone(services().settings.timezone).strftime("%H:%M %d/%m/%Y")
    return words.format_date(value)
