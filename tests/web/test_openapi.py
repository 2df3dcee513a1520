"""The description of the JSON doors says what the routes are: no door undescribed, none described that is not there."""

import re
from pathlib import Path

from inspect_app import create_app
from inspect_app.settings import read_settings


def test_every_json_route_is_described_and_nothing_else(tmp_path: Path) -> None:
    app = create_app(read_settings({"INSPECT_DEMO": "1", "INSPECT_VAR": str(tmp_path)}))
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    described = {
        (path, method)
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api.openapi"
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert described == routes
    for path, methods in document["paths"].items():
        for name in re.findall(r"{(\w+)}", path):
            assert any(parameter["name"] == name for parameter in methods.get("parameters", [])), path
