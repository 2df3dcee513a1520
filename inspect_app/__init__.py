"""The inspection system of the one-stop shops of Quảng Ngãi. `create_app` puts the rooms together."""

from flask import Flask

from .settings import Settings, read_settings


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application. Settings come from the environment unless given (tests give them)."""
    from . import commands, web

    settings = settings or read_settings()
    app = Flask(__name__, static_folder="../static", template_folder="web/templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="phien",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        PERMANENT_SESSION_LIFETIME=settings.session_days * 86400,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
        # A CSRF token lives as long as its session: a page opened in the morning is sent in the evening.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # we send no referrer, so there is none to compare
        BABEL_DEFAULT_LOCALE="vi",
        BABEL_TRANSLATION_DIRECTORIES="translations",
        JSON_AS_ASCII=False,
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    web.install(app, settings)
    commands.install(app)
    return app
