"""GET /api/v1/offline: all that a signed-in phone needs before it leaves the network, and the key of its store."""

from apispec import APISpec
from flask import Blueprint, Response, jsonify
from flask_babel import force_locale

from inspect_app.domain.people import Act

from .access import open_to
from .language import language_of_screens
from .offline_kit import offline_kit
from .phone_store import store_of
from .services import desk

bp = Blueprint("api_offline", __name__, url_prefix="/api/v1")


@bp.get("/offline")
@open_to(Act.INSPECT)
def offline() -> Response:
    with force_locale(language_of_screens()):
        return jsonify({**offline_kit(desk()), "key": store_of(desk())["key"]})


def describe(spec: APISpec) -> None:
    spec.path(
        "/api/v1/offline",
        operations={
            "get": {
                "responses": {
                    "200": {
                        "description": "My visits, blank checklists, units, last findings, and the key of my store"
                    }
                }
            }
        },
    )
