"""Evidence is written once, durable before keep returns, and the same for a folder and a real S3 server."""

import hashlib
import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from inspect_app.domain.problems import NotFound, TooLarge
from inspect_app.storage import evidence_folder
from inspect_app.storage.evidence import EvidenceStore, ScratchFile, Stored, open_store
from tests.s3_server import refusing_conditions, s3_endpoint, s3_url  # noqa: F401 (fixtures)

ROOT = Path(__file__).parents[2]
PHOTO = b"anh chup tai Duc Pho " * 5000
SHA = hashlib.sha256(PHOTO).hexdigest()
NONE = "0" * 64


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "evidence") if request.param == "folder" else request.getfixturevalue("s3_url")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    return tmp_path / "evidence" / "scratch"


@pytest.fixture
def store(url: str, scratch: Path) -> EvidenceStore:
    return open_store(url, scratch)


@pytest.fixture
def folder(tmp_path: Path, scratch: Path) -> EvidenceStore:
    return open_store(str(tmp_path / "evidence"), scratch)


def _left(scratch: Path) -> list[Path]:
    return sorted(scratch.iterdir()) if scratch.exists() else []


def _kept(store: EvidenceStore, data: bytes = PHOTO) -> str:
    stored = store.receive([data])
    store.keep(stored, "image/jpeg")
    return stored.sha256


# --- receiving


def test_received_bytes_are_hashed_counted_and_not_yet_evidence(store: EvidenceStore, scratch: Path) -> None:
    for source in (io.BytesIO(PHOTO), iter([PHOTO[:10], b"", PHOTO[10:]])):
        stored = store.receive(source)
        assert (stored.sha256, stored.size) == (SHA, len(PHOTO))
        assert stored.path.read_bytes() == PHOTO
        assert not store.has(SHA)
        store.discard(stored)
    assert _left(scratch) == []


def test_too_many_bytes_are_refused_exactly_and_leave_nothing(store: EvidenceStore, scratch: Path) -> None:
    store.discard(store.receive([PHOTO], limit=len(PHOTO)))
    with pytest.raises(TooLarge):
        store.receive(io.BytesIO(PHOTO), limit=len(PHOTO) - 1)
    assert _left(scratch) == []


def test_a_sender_who_breaks_off_leaves_nothing(store: EvidenceStore, scratch: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield PHOTO
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.receive(broken())
    assert _left(scratch) == []


def test_a_scratch_file_serves_a_form_parser(store: EvidenceStore, scratch: Path) -> None:
    with ScratchFile(scratch) as file:
        for at in range(0, len(PHOTO), 65_536):
            file.write(PHOTO[at : at + 65_536])
        file.seek(0)
        assert file.read(5) == PHOTO[:5]
        with pytest.raises(ValueError, match="once"):
            file.write(b"chen vao giua")
        stored = file.finish()
    assert (stored.sha256, stored.size) == (SHA, len(PHOTO))
    store.keep(stored)
    assert store.has(SHA)


def test_a_scratch_file_closed_unfinished_is_gone(scratch: Path) -> None:
    file = ScratchFile(scratch)
    file.write(PHOTO)
    file.close()
    assert _left(scratch) == []


# --- keeping


def test_kept_bytes_are_there_whole_and_the_scratch_is_gone(store: EvidenceStore, scratch: Path) -> None:
    assert _kept(store) == SHA
    with store.open(SHA) as file:
        assert file.read() == PHOTO
        assert file.fileno() > 0  # a real file, so that senders may use sendfile
    with store.path(SHA) as path:
        assert path.read_bytes() == PHOTO
    assert store.has(SHA) and store.size(SHA) == len(PHOTO) and store.verify(SHA)
    assert _left(scratch) == []


def test_another_start_of_the_program_finds_what_was_kept(
    store: EvidenceStore, url: str, scratch: Path
) -> None:
    _kept(store)
    assert open_store(url, scratch).verify(SHA)


def test_keeping_equal_bytes_or_the_same_again_is_a_success(store: EvidenceStore, scratch: Path) -> None:
    first, second = store.receive([PHOTO]), store.receive([PHOTO])
    store.keep(first)
    store.keep(second)
    store.keep(second)  # a transaction that is tried again
    assert store.verify(SHA)
    assert _left(scratch) == []


def test_keeping_what_was_discarded_fails_loudly(store: EvidenceStore) -> None:
    stored = store.receive([PHOTO])
    store.discard(stored)
    with pytest.raises(FileNotFoundError):
        store.keep(stored)
    assert not store.has(SHA)


def test_an_empty_file_can_be_evidence(store: EvidenceStore) -> None:
    sha = _kept(store, b"")
    assert store.size(sha) == 0 and store.verify(sha)


def test_a_file_of_many_parts_is_kept_whole(store: EvidenceStore) -> None:
    data = os.urandom(1024) * (20 * 1024)  # 20 MB: three parts of S3
    assert store.verify(_kept(store, data))
    assert store.verify(_kept(store, data))


def test_missing_evidence_is_not_found(store: EvidenceStore) -> None:
    assert not store.has(NONE) and not store.verify(NONE)
    for ask in (store.open, store.size, lambda sha: store.path(sha).__enter__()):
        with pytest.raises(NotFound):
            ask(NONE)
    with pytest.raises(NotFound):
        store.derivative(NONE, "thumb", lambda source, target: None)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 65, "0" * 64 + "\n", "٠" * 64]
)
def test_names_that_are_no_hash_lead_nowhere(store: EvidenceStore, name: str) -> None:
    for ask in (store.open, store.has, store.size, store.verify):
        with pytest.raises(NotFound):
            ask(name)
    with pytest.raises(NotFound):
        store.derivative(name, "thumb", lambda source, target: target.touch())
    with pytest.raises(ValueError, match="kind"):
        store.derivative(SHA, "../thumb", lambda source, target: target.touch())


def test_a_store_that_can_take_evidence_says_so(store: EvidenceStore) -> None:
    assert store.writable()


@pytest.mark.s3
def test_a_bucket_that_does_not_exist_is_not_writable(s3_url: str, scratch: Path) -> None:  # noqa: F811
    assert open_store(s3_url, scratch).writable()
    assert not open_store("s3://khong-co-thung-nay/x", scratch).writable()


@pytest.mark.s3
def test_a_bucket_out_of_reach_is_told_within_seconds(
    s3_url: str,  # noqa: F811
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    began = time.monotonic()
    assert not open_store(s3_url, scratch).writable()
    assert time.monotonic() - began < 4


def _raw(url: str) -> S3Store:
    return S3Store.from_url(url, client_options={"allow_http": True})


@pytest.mark.s3
def test_a_damaged_object_is_set_aside_and_stored_anew(s3_url: str, scratch: Path) -> None:  # noqa: F811
    place = f"{SHA[:2]}/{SHA[2:4]}/{SHA}"
    obstore.put(_raw(s3_url), place, b"hong")
    store = open_store(s3_url, scratch)
    _kept(store)
    assert store.verify(SHA)
    assert bytes(obstore.get(_raw(s3_url), f"{place}.damaged").bytes()) == b"hong"


@pytest.mark.s3
def test_an_object_is_written_once(s3_url: str, scratch: Path) -> None:  # noqa: F811
    """Bytes of equal size under the name stay: the second keep has not written."""
    store = open_store(s3_url, scratch)
    place = f"{SHA[:2]}/{SHA[2:4]}/{SHA}"
    obstore.put(_raw(s3_url), place, b"?" * len(PHOTO))
    _kept(store)
    assert bytes(obstore.get(_raw(s3_url), place).bytes())[:1] == b"?"
    assert not store.verify(SHA)


@pytest.mark.s3
def test_the_media_type_goes_with_the_object(s3_url: str, scratch: Path) -> None:  # noqa: F811
    store = open_store(s3_url, scratch)
    _kept(store)
    found = obstore.get(_raw(s3_url), f"{SHA[:2]}/{SHA[2:4]}/{SHA}")
    assert found.attributes["Content-Type"] == "image/jpeg"


@pytest.mark.s3
@pytest.mark.parametrize("answer", [501, 412, 409])
def test_a_server_that_refuses_conditional_writes_still_keeps(
    answer: int,
    s3_url: str,  # noqa: F811
    s3_endpoint: str,  # noqa: F811
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with refusing_conditions(s3_endpoint, answer) as front:
        monkeypatch.setenv("AWS_ENDPOINT_URL", front)
        store = open_store(s3_url, scratch)
        _kept(store)
        _kept(store)
        assert store.verify(SHA)


def test_damaged_evidence_is_noticed_and_mended_by_the_next_equal_photo(folder: EvidenceStore) -> None:
    _kept(folder)
    with folder.path(SHA) as path:
        path.chmod(0o600)
        path.write_bytes(PHOTO[:-1])
    assert not folder.verify(SHA)
    _kept(folder)
    assert folder.verify(SHA)
    asides = list(path.parent.glob("*.damaged-*"))
    assert [aside.read_bytes() for aside in asides] == [PHOTO[:-1]]  # nothing is ever deleted


def test_kept_files_are_read_only(folder: EvidenceStore) -> None:
    _kept(folder)
    with folder.path(SHA) as path:
        assert path.stat().st_mode & 0o777 == 0o440


def test_scratch_on_another_file_system_is_carried_over(tmp_path: Path) -> None:
    memory = Path("/dev/shm")
    assert memory.stat().st_dev != tmp_path.stat().st_dev, "this test needs two file systems"
    with ScratchFile(memory) as file:
        file.write(PHOTO)
        stored = file.finish()
    store = open_store(str(tmp_path / "evidence"), tmp_path / "evidence" / "scratch")
    store.keep(stored)
    assert store.verify(SHA) and not stored.path.exists()
    assert _left(tmp_path / "evidence" / "scratch") == []


def test_a_file_system_without_links_still_keeps(
    folder: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    _kept(folder)
    _kept(folder)
    assert folder.verify(SHA)


def test_bytes_then_name_then_folders_reach_the_disk_in_this_order(
    folder: EvidenceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, link = evidence_folder._fsync, os.link
    monkeypatch.setattr(
        evidence_folder, "_fsync", lambda path: (steps.append(f"fsync {path.name}"), fsync(path))
    )
    monkeypatch.setattr(os, "link", lambda a, b: (steps.append("name"), link(a, b)))
    stored = folder.receive([PHOTO])
    folder.keep(stored)
    name = steps.index("name")
    assert steps[0] == f"fsync {stored.path.name}"
    assert steps[1:name] == [f"fsync {tmp_path.name}", "fsync evidence", f"fsync {SHA[:2]}"]
    assert steps[name + 1 :] == [f"fsync {SHA[2:4]}"]
    steps.clear()
    folder.keep(
        folder.receive([PHOTO])
    )  # the name stands already, perhaps by another process: brought to disk too
    assert steps[-2:] == ["name", f"fsync {SHA[2:4]}"]


# --- many at once, and sudden death


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
    assert _left(scratch) == []


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
    assert len(_left(scratch)) == 1
    assert store.sweep_scratch(older_than=3600) == 0  # it may still be wanted
    assert store.sweep_scratch(older_than=-1) == 1
    assert _left(scratch) == []


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
def test_two_hundred_megabytes_reach_s3_part_by_part(s3_url: str, scratch: Path) -> None:  # noqa: F811
    assert _growth(s3_url, scratch, "keep") < 60_000  # two parts of 8 MB under way, twice held by the client


# --- derivatives


def test_a_derivative_is_made_once_and_kept(store: EvidenceStore, url: str, scratch: Path) -> None:
    _kept(store)
    calls: list[Path] = []

    def make(source: Path, target: Path) -> None:
        calls.append(source)
        target.write_bytes(b"nho: " + source.read_bytes()[:10])

    for one in (store, store, open_store(url, scratch)):
        with one.derivative(SHA, "thumb", make) as file:
            assert file.read() == b"nho: " + PHOTO[:10]
    assert len(calls) == 1
    with store.derivative(SHA, "screen", make) as file:
        file.read()
    assert len(calls) == 2
    assert store.verify(SHA)
    assert _left(scratch) == []


def test_a_derivative_that_fails_is_not_kept_and_leaves_nothing(
    store: EvidenceStore, scratch: Path, tmp_path: Path
) -> None:
    _kept(store)

    def fail(source: Path, target: Path) -> None:
        target.write_bytes(b"nua chung")
        raise ValueError("hong")

    with pytest.raises(ValueError, match="hong"):
        store.derivative(SHA, "thumb", fail)
    assert list(tmp_path.rglob("in-*")) == []
    with store.derivative(SHA, "thumb", lambda source, target: target.write_bytes(b"tot") and None) as file:
        assert file.read() == b"tot"


def test_many_first_views_at_once_all_see_a_whole_derivative(store: EvidenceStore) -> None:
    _kept(store)
    barrier, seen = threading.Barrier(6), []

    def make(source: Path, target: Path) -> None:
        with target.open("wb") as file:
            for _ in range(50):
                file.write(b"z" * 1000)
                file.flush()

    def view() -> None:
        barrier.wait()
        with store.derivative(SHA, "screen", make) as file:
            seen.append(len(file.read()))

    threads = [threading.Thread(target=view) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [50_000] * 6
