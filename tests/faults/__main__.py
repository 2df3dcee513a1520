"""`make faults`: play every fault and print a line for each and a total; ends with 1 unless all of it is 0.

Words given behind choose the faults whose names contain one of them.
"""

import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.faults.registry import FAULTS
from tests.faults.stage import open_browser, open_house, run
from tests.faults.truth import Count

WIDTH = 72


def main(words: list[str]) -> int:
    chosen = {name: play for name, play in FAULTS.items() if not words or any(word in name for word in words)}
    print(f"{'fault':{WIDTH}} {'s':>6} {'lost':>5} {'doubled':>8} {'silent':>7}")
    begun, total, broken = time.monotonic(), Count(), 0
    with (
        tempfile.TemporaryDirectory(prefix="prepared-") as shared,
        open_house(Path(shared)) as house,
        open_browser() as browser,
    ):
        for name, play in chosen.items():
            started = time.monotonic()
            try:
                count = run(play, house, browser)
            except Exception as stopped:  # what could not be played to its end could not be judged
                broken += 1
                print(f"{name:{WIDTH}} {time.monotonic() - started:>6.1f} not played to its end", flush=True)
                print(f"    {reason(stopped)}")
                continue
            total += count
            print(line(name, time.monotonic() - started, count), flush=True)
            for text in count.words():
                print(f"    {text}")
    print(line(f"{len(chosen)} faults", time.monotonic() - begun, total))
    return 1 if total or broken else 0


def reason(stopped: Exception) -> str:
    """Where in the suite, and the first words of why."""
    own = [at for at in traceback.extract_tb(stopped.__traceback__) if "/tests/faults/" in at.filename]
    places = " < ".join(f"{Path(at.filename).name}:{at.lineno}" for at in reversed(own[2:]))
    return f"{type(stopped).__name__} at {places}: {str(stopped)[:400]}"


def line(name: str, seconds: float, count: Count) -> str:
    numbers = f"{len(count.lost):>5} {len(count.doubled):>8} {len(count.silent):>7}"
    return f"{name:{WIDTH}} {seconds:>6.1f} {numbers}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
