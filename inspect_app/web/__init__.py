"""The doors: pages for people, JSON for phones and programs. Imported by nothing but create_app."""

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from inspect_app.settings import Settings
from inspect_app.storage.engine import open_database
from inspect_app.storage.evidence import open_store

from . import (
    access,
    errors,
    headers,
    interrupted,
    language,
    navigation,
    services,
    signed_in,
    static_files,
    uploads,
)


class RowNumber(IntegerConverter):
    """`<int:…>` in addresses: what no column can hold names nothing, and is not found."""

    regex = r"\d{1,9}"


def install(app: Flask, settings: Settings) -> None:
    """Put the web room into the application: services first, then guards in their order, then the doors."""
    app.extensions["inspect"] = services.Services(
        settings=settings,
        database=open_database(settings.database_url),
        evidence=open_store(settings.evidence_url, settings.scratch),
    )
    if settings.trusted_proxies:
        # Only the address is believed: nothing here depends on host or scheme, and a proxy may pass on a client's own.
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=0, x_host=0)  # type: ignore[method-assign]
    app.url_map.converters["int"] = RowNumber
    app.request_class = uploads.UploadingRequest
    errors.install(app)
    headers.install(app, settings.https)
    static_files.install(app)
    signed_in.install(app)
    interrupted.install(app)
    access.install(
        app, interrupted.rescue
    )  # before CSRF: an anonymous post is asked to sign in, not told about tokens
    uploads.install(app, settings.upload_limit)
    csrf = CSRFProtect(app)
    services.install(app)
    language.install(app)
    navigation.install(app)
    for blueprint in _doors():
        app.register_blueprint(blueprint)
    csrf.exempt(app.blueprints["api_sealed"])  # it asks for no session, so there is none to misuse


def _doors() -> list:  # type: ignore[type-arg]
    from . import (  # noqa: F401 - their routes are of campaigns.bp, kept.bp
        api,
        api_findings,
        api_inspections,
        api_offline,
        api_sealed,
        api_totals,
        audit,
        campaign_assigning,
        campaign_teams,
        campaign_visits,
        campaigns,
        checklists,
        findings,
        health,
        home,
        inspect,
        kept,
        kept_import,
        law,
        people,
        phone_forms,
        phone_shells,
        photos,
        receipts,
        review,
        sign_in,
        totals,
        tus,
        units,
    )

    return [
        health.bp,
        home.bp,
        sign_in.bp,
        inspect.bp,
        receipts.bp,
        api.bp,
        findings.bp,
        api_findings.bp,
        api_inspections.bp,
        totals.bp,
        api_totals.bp,
        api_offline.bp,
        api_sealed.bp,
        tus.bp,
        kept.bp,
        photos.bp,
        review.bp,
        people.bp,
        units.bp,
        law.bp,
        phone_forms.bp,
        phone_shells.bp,
        checklists.bp,
        audit.bp,
        campaigns.bp,
    ]
