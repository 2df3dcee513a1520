"""The harness itself: real databases are apart from each other, and CI lets no test be left out."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from inspect_app.storage.engine import make_engine

ROOT = Path(__file__).resolve().parent.parent


def rows(url: str, statement: str) -> list[Any]:
    engine = make_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        found = list(result) if result.returns_rows else []
    engine.dispose()
    return found


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_begins_with_empty_tables_whatever_another_test_wrote(
    database_url: str, turn: int
) -> None:
    assert rows(database_url, "SELECT count(*) FROM audit") == [(0,)]
    rows(
        database_url,
        "INSERT INTO audit (at, act, subject, subject_id, detail) VALUES ('2026-11-22', 'x', '', '', '{}')",
    )
    assert rows(database_url, "SELECT count(*) FROM audit") == [(1,)]


def test_an_empty_database_has_no_tables(empty_database_url: str) -> None:
    with pytest.raises(Exception, match="audit"):
        rows(empty_database_url, "SELECT 1 FROM audit")


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_the_browser_runs_scripts_only_where_asked(
    open_page: Callable[..., Any], tmp_path: Path, javascript: bool
) -> None:
    page_file = tmp_path / "page.html"
    page_file.write_text("<title>Đức Phổ</title><script>document.title = 'script'</script>")
    page = open_page(javascript=javascript)
    page.goto(page_file.as_uri())
    assert page.evaluate("document.title") == ("script" if javascript else "Đức Phổ")
    assert page.viewport_size["width"] == 390


SAMPLE = """
import pytest
def test_runs(): pass
def test_skips(): pytest.skip("why not")
@pytest.mark.xfail
def test_expected_to_fail(): assert False
"""


def run_sample(folder: Path, source: str, ci: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the reporting plugin on a test file of its own."""
    (folder / "test_sample.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = .\nmarkers =\n  browser: x\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.reporting", "-p", "no:cacheprovider", *words],
        env=os.environ | {"CI": ci, "PYTHONPATH": str(ROOT)},
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(("ci", "status", "complaints"), [("true", 1, 2), ("", 0, 0)])
def test_ci_refuses_skipped_and_expected_failures(
    tmp_path: Path, ci: str, status: int, complaints: int
) -> None:
    done = run_sample(tmp_path, SAMPLE, ci, "test_sample.py")
    assert done.returncode == status, done.stdout + done.stderr
    assert done.stdout.count("not allowed here") == complaints


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_ci_counts_kinds_and_refuses_a_whole_run_without_one_of_them(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    source = (
        "import pytest\n@pytest.mark.browser\n@pytest.mark.parametrize('n', [1, 2])\ndef test_x(n): pass\n"
    )
    done = run_sample(tmp_path, source, "true", *words)
    assert "browser tests run: 2" in done.stdout
    assert "PostgreSQL tests run: 0" in done.stdout
    assert done.stdout.count("test ran, not allowed here") == 4
    assert done.returncode == 1
    assert run_sample(tmp_path, source, "true", *words, "test_sample.py").returncode == 0
