"""Evidence under load and sudden death: equal bytes at one moment, killed processes, large files in little memory."""

# ruff: noqa: F811 (pytest fixtures are imported and then named as arguments)

import hashlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from inspect_app.storage.evidence import EvidenceStore, Stored
from tests.evidence_stores import folder, left_in, scratch, store, url  # noqa: F401 (fixtures)
from tests.s3_server import s3_endpoint, s3_url  # noqa: F401 (fixtures)

ROOT = Path(__file__).parents[2]


def _run(script: str, *arguments: str, **more: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, **more
    )


KEEP_AT = """
import sys, time
from pathlib import Path
from inspect_app.storage.evidence import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
stored = [store.receive([bytes([n]) * 200_000]) for n in range(20)]
time.sleep(max(0, float(sys.argv[3]) - time.time()))
for one in stored:
    store.keep(one, "image/jpeg")
    assert store.verify(one.sha256)
print("kept")
"""


def test_eight_processes_keep_the_same_bytes_at_once(store: EvidenceStore, url: str, scratch: Path) -> None:
    at = str(time.time() + 4)
    workers = [_run(KEEP_AT, url, str(scratch), at) for _ in range(8)]
    assert [worker.communicate(timeout=60)[0].strip() for worker in workers] == ["kept"] * 8
    for n in range(20):
        assert store.verify(hashlib.sha256(bytes([n]) * 200_000).hexdigest())
    assert left_in(scratch) == []


def test_two_threads_keep_the_same_bytes_at_once_two_hundred_times(folder: EvidenceStore) -> None:
    barrier, failed = threading.Barrier(2), []

    def keep_all(pairs: list[Stored]) -> None:
        for stored in pairs:
            barrier.wait()
            try:
                folder.keep(stored)
                assert folder.verify(stored.sha256)
            except Exception as error:
                failed.append(error)

    both = [[folder.receive([n.to_bytes(4, "big") * 1000]) for n in range(200)] for _ in range(2)]
    threads = [threading.Thread(target=keep_all, args=(pairs,)) for pairs in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


DIE_BEFORE_KEEP = """
import sys, time
from pathlib import Path
from inspect_app.storage.evidence import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
stored = store.receive([b"x" * 3_000_000])
print("received", flush=True)
time.sleep(60)
"""


def test_a_process_killed_between_receive_and_keep_leaves_no_evidence(
    store: EvidenceStore, url: str, scratch: Path
) -> None:
    worker = _run(DIE_BEFORE_KEEP, url, str(scratch))
    assert worker.stdout is not None and worker.stdout.readline() == "received\n"
    worker.send_signal(signal.SIGKILL)
    worker.communicate(timeout=10)
    assert not store.has(hashlib.sha256(b"x" * 3_000_000).hexdigest())
    assert len(left_in(scratch)) == 1
    assert store.sweep_scratch(older_than=3600) == 0  # it may still be wanted
    assert store.sweep_scratch(older_than=-1) == 1
    assert left_in(scratch) == []


KEEP_FOR_EVER = """
import sys
from pathlib import Path
from inspect_app.storage.evidence import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
n = 0
while True:
    stored = store.receive([n.to_bytes(8, "big") * 100_000])
    store.keep(stored)
    print(stored.sha256, flush=True)
    n += 1
"""


def test_whatever_the_moment_of_death_no_name_stands_over_half_a_file(
    folder: EvidenceStore, tmp_path: Path
) -> None:
    root = tmp_path / "evidence"
    for wait in (0.0, 0.013, 0.029, 0.041, 0.067):
        worker = _run(KEEP_FOR_EVER, str(root), str(root / "scratch"))
        assert worker.stdout is not None
        said = [worker.stdout.readline().strip() for _ in range(3)]
        time.sleep(wait)
        worker.kill()
        rest, _ = worker.communicate(timeout=10)
        said += [line for line in rest.split("\n") if len(line) == 64]
        assert all(folder.verify(sha) for sha in said)  # what was answered is there
        names = [path.name for path in root.glob("??/??/*")]
        assert set(said) <= set(names)
        assert all(folder.verify(name) for name in names)  # and nothing half


FORK = """
import os, sys
from pathlib import Path
from inspect_app.storage.evidence import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
if sys.argv[3] == "used":
    store.has("0" * 64)
if os.fork() == 0:
    try:
        store.keep(store.receive([b"con"]))
        print("kept", flush=True)
    except RuntimeError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""


def test_a_store_made_before_a_server_forks_works_in_its_workers(
    store: EvidenceStore, url: str, scratch: Path
) -> None:
    out, _ = _run(FORK, url, str(scratch), "made").communicate(timeout=30)
    assert out == "kept\n"
    assert store.has(hashlib.sha256(b"con").hexdigest())


@pytest.mark.s3
def test_a_bucket_used_before_the_fork_is_refused_instead_of_hanging(s3_url: str, scratch: Path) -> None:
    out, _ = _run(FORK, s3_url, str(scratch), "used").communicate(timeout=30)
    assert "before this process was forked" in out


STREAM = """
import resource, sys
from pathlib import Path
from inspect_app.storage.evidence import open_store
store = open_store(sys.argv[1], Path(sys.argv[2]))
store.keep(store.receive([b"warm"]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
class Body:
    left = 200_000_000
    def read(self, size):
        size = min(size, self.left)
        self.left -= size
        return bytes(size)
stored = store.receive(Body())
if sys.argv[3] == "keep":
    store.keep(stored)
    with store.open(stored.sha256) as file:
        while file.read(100_000): pass
print(stored.size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def _growth(url: str, scratch: Path, how: str) -> int:
    """Kilobytes of memory added by 200 MB."""
    out, _ = _run(STREAM, url, str(scratch), how).communicate(timeout=120)
    size, growth = out.split()
    assert size == "200000000"
    return int(growth)


def test_two_hundred_megabytes_pass_through_little_memory(tmp_path: Path, scratch: Path) -> None:
    assert _growth(str(tmp_path / "evidence"), scratch, "keep") < 20_000


@pytest.mark.s3
def test_two_hundred_megabytes_reach_s3_part_by_part(s3_url: str, scratch: Path) -> None:
    assert _growth(s3_url, scratch, "keep") < 60_000  # two parts of 8 MB under way, twice held by the client
