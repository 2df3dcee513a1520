"""`make bench` or `python -m bench [part ...]`: runs the parts and prints one table, ready for the README."""

import importlib
import pkgutil
import sys
import time

import bench
from bench.frame import machine


def main(wanted: list[str]) -> int:
    parts = {}
    for info in pkgutil.iter_modules(bench.__path__):
        if info.name != "__main__":
            module = importlib.import_module(f"bench.{info.name}")
            if hasattr(module, "figures"):
                parts[info.name] = module.figures
    unknown = set(wanted) - set(parts)
    if unknown:
        print(f"no part {', '.join(sorted(unknown))}; there are: {', '.join(parts)}", file=sys.stderr)
        return 2
    print("\n".join(machine()), "", "| measure | figure | aim |", "|---|---|---|", sep="\n", flush=True)
    start = time.monotonic()
    for name in wanted or parts:
        for figure in parts[name]():
            print(f"| {figure.measure} | {figure.value} | {figure.aim} |", flush=True)
    print(f"\ntook {time.monotonic() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
