"""Vietnamese first, English second: which language a screen speaks, and how it writes dates and numbers."""

from datetime import date, datetime

from flask import Flask, session
from flask_babel import Babel, get_locale, gettext

from inspect_app.domain import text as words

LANGUAGES = ("vi", "en")


def install(app: Flask) -> None:
    Babel(app, locale_selector=chosen_language)
    app.jinja_env.filters.update(
        date=words.format_date,
        moment=moment,
        number=words.format_number,
        share=lambda pair: words.format_share(*pair),
        term=term,
    )
    app.jinja_env.globals["locale"] = get_locale


def chosen_language() -> str:
    found: str = session.get("language", "vi")
    return found


def term(text: str) -> str:
    """A label of the domain (marked there with N_) in the language of the screen."""
    return str(gettext(text)) if text else ""


def moment(value: datetime | date | None) -> str:
    """A time as people read it: 14:05 02/09/2026, in the office's zone."""
    from .services import services

    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.astimezone(services().settings.timezone).strftime("%H:%M %d/%m/%Y")
    return words.format_date(value)
