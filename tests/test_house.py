"""The rules of the house that no linter knows, and that the README tells the truth about words, places and settings."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from inspect_app import create_app
from inspect_app.settings import read_settings

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("inspect_app", "tests", "bench", "migrations", "static", "forms")
CATCH_ALL = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff"}
README = ROOT / "README.md"


def house_files(*suffixes: str) -> list[Path]:
    """All files of the rooms and of the root with one of these endings, but what others made."""
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*")] + list(ROOT.glob("*"))
    wanted = [path for path in found if path.suffix in suffixes and path.is_file()]
    return sorted(path for path in wanted if not {"vendor", "node_modules", "__pycache__"} & set(path.parts))


def test_every_python_file_says_at_its_top_what_lives_in_it() -> None:
    files = house_files(".py")
    assert len(files) > 50
    silent = [path for path in files if not opens_with_words(path.read_text())]
    assert not silent, f"no docstring or comment at the top: {silent}"


def opens_with_words(source: str) -> bool:
    return source.startswith("# ") or bool(ast.get_docstring(ast.parse(source)))


@pytest.mark.parametrize(
    ("source", "speaks"),
    [('"""What."""\n', True), ("# What.\nx = 1\n", True), ("import os\n", False), ("", False)],
)
def test_a_silent_file_is_noticed(source: str, speaks: bool) -> None:
    assert opens_with_words(source) == speaks


def test_no_file_is_a_drawer_for_everything() -> None:
    files = house_files(".py", ".js", ".mjs", ".css", ".html")
    drawers = [path for path in files if {path.stem, path.parent.name} & CATCH_ALL]
    assert not drawers, f"say what is in it: {drawers}"


def test_rooms_import_one_way_only() -> None:
    code = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_nothing_is_loaded_from_another_host() -> None:
    address = re.compile(
        r"""(?:src|href|srcset)=["']?(?:https?:)?//|@import|url\(["']?(?:https?:)?//|from ["']https?:"""
    )
    guests = [
        path for path in house_files(".html", ".css", ".js", ".mjs") if address.search(path.read_text())
    ]
    assert not guests, f"an address of another host: {guests}"


def readme() -> str:
    return README.read_text(encoding="utf-8")


def code_in(text: str) -> list[str]:
    """What stands in `backticks` or on an indented or fenced line."""
    lines = re.findall(r"^(?:    |\t)(.+)$", text, re.MULTILINE)
    fenced = [
        line
        for block in re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        for line in block.splitlines()
    ]
    return re.findall(r"`([^`\n]+)`", text) + lines + fenced


def test_the_readme_names_only_words_of_make_that_exist() -> None:
    words = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for code in code_in(readme()) for word in re.findall(r"\bmake ([a-z]+)", code)}
    assert {"run", "test", "check", "bench"} <= named <= words, named - words


def test_the_readme_names_only_places_that_exist() -> None:
    tops = {path.name for path in ROOT.iterdir()} | set(ROOMS)
    named = {
        place
        for code in code_in(readme())
        for place in re.findall(r"(?<![\w./<-])((?:\.?[\w-]+/)*\.?[\w-]+(?:/|\.\w+))", code)
        if place.split("/")[0] in tops
        or ("/" not in place and (ROOT / place).suffix in {".md", ".toml", ".py", ".in"})
    }
    missing = sorted(
        place
        for place in named
        if place != "var/" and not place.startswith(("var/", ".venv/")) and not (ROOT / place).exists()
    )
    assert "inspect_app/domain/" in named
    assert not missing, f"the README names what is not there: {missing}"


def test_the_readme_names_only_settings_that_exist() -> None:
    known = set(re.findall(r"INSPECT_[A-Z_]+", (ROOT / "inspect_app" / "settings.py").read_text()))
    named = set(re.findall(r"INSPECT_[A-Z_]+", readme()))
    assert named <= known, f"nobody reads {named - known}"


def test_the_readme_names_only_commands_that_exist(tmp_path: Path) -> None:
    app = create_app(read_settings({"INSPECT_DEMO": "1", "INSPECT_VAR": str(tmp_path)}))
    for code in code_in(readme()):
        for words in re.findall(r"flask --app wsgi ([a-z][a-z -]*)", code):
            command: click.Command | None = app.cli
            for word in words.split():
                if not isinstance(command, click.Group):
                    break  # the words after a command are its arguments
                command = command.get_command(click.Context(command), word)
                assert command is not None, f"the README names a command that is not there: flask {words}"
