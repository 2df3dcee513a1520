"""Counts the tests that need a real thing, and under CI=true lets none of them be left out quietly.

A pytest plugin: at the end of a run it prints `browser tests run: 12` and so on. With CI=true a skipped or
expected-to-fail test fails the run, and in a run of everything so does a kind of which no test ran.
"""

import os
from collections import Counter

import pytest

KINDS = {
    "browser": "browser", "webkit": "WebKit", "postgresql": "PostgreSQL", "s3": "S3", "libreoffice": "LibreOffice",
}  # fmt: skip

_run: Counter[str] = Counter()
_evaded: list[str] = []
_missing: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        kinds = sorted({mark.name for mark in item.iter_markers()} & set(KINDS))
        # Properties travel with the report from a test process to the main one.
        item.user_properties.append(("kinds", kinds))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped or hasattr(report, "wasxfail"):
        _evaded.append(report.nodeid)
    elif report.when == "call":
        _run.update(dict(report.user_properties).get("kinds") or [])


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        _evaded.append(report.nodeid)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if os.environ.get("CI") != "true" or hasattr(config, "workerinput") or config.option.collectonly:
        return
    whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if whole and not config.option.keyword and not config.option.markexpr:
        _missing.extend(kind for kind in KINDS if not _run[kind])
    if (_evaded or _missing) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for kind, name in KINDS.items():
        if _run[kind] or kind in _missing:
            terminalreporter.write_line(f"{name} tests run: {_run[kind]}")
    if os.environ.get("CI") == "true":
        for nodeid in _evaded:
            terminalreporter.write_line(f"skipped or expected to fail, not allowed here: {nodeid}", red=True)
        for kind in _missing:
            terminalreporter.write_line(f"no {KINDS[kind]} test ran, not allowed here", red=True)
