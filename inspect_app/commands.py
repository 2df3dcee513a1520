"""The administrator's words: `flask --app wsgi <group> <command>`, each with --help. Thin: they call operations."""

from flask import Flask


def install(app: Flask) -> None:
    """Add the command groups to the application."""
