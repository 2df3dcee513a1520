# The tests mirror the rooms of inspect_app; this file makes `tests` one importable package for the harness.
