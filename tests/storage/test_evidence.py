"""Evidence is written once and durable before keep returns; the same for a folder and a real S3 server."""

# ruff: noqa: F811 (pytest fixtures are imported and then named as arguments)

import io
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspect_app.domain.problems import NotFound, TooLarge
from inspect_app.storage import evidence_folder
from inspect_app.storage.evidence import EvidenceStore, ScratchFile, open_store
from tests.evidence_stores import PHOTO, SHA, folder, keep_photo, left_in, scratch, store, url  # noqa: F401 (fixtures)
from tests.s3_server import s3_endpoint, s3_url  # noqa: F401 (fixtures)

NONE = "0" * 64


# --- receiving


def test_received_bytes_are_hashed_counted_and_not_yet_evidence(store: EvidenceStore, scratch: Path) -> None:
    for source in (io.BytesIO(PHOTO), iter([PHOTO[:10], b"", PHOTO[10:]])):
        stored = store.receive(source)
        assert (stored.sha256, stored.size) == (SHA, len(PHOTO))
        assert stored.path.read_bytes() == PHOTO
        assert not store.has(SHA)
        store.discard(stored)
    assert left_in(scratch) == []


def test_too_many_bytes_are_refused_exactly_and_leave_nothing(store: EvidenceStore, scratch: Path) -> None:
    store.discard(store.receive([PHOTO], limit=len(PHOTO)))
    with pytest.raises(TooLarge):
        store.receive(io.BytesIO(PHOTO), limit=len(PHOTO) - 1)
    assert left_in(scratch) == []


def test_a_sender_who_breaks_off_leaves_nothing(store: EvidenceStore, scratch: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield PHOTO
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.receive(broken())
    assert left_in(scratch) == []


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
    assert left_in(scratch) == []


# --- keeping


def test_kept_bytes_are_there_whole_and_the_scratch_is_gone(store: EvidenceStore, scratch: Path) -> None:
    assert keep_photo(store) == SHA
    with store.open(SHA) as file:
        assert file.read() == PHOTO
        assert file.fileno() > 0  # a real file, so that senders may use sendfile
    with store.path(SHA) as path:
        assert path.read_bytes() == PHOTO
    assert store.has(SHA) and store.size(SHA) == len(PHOTO) and store.verify(SHA)
    assert left_in(scratch) == []


def test_another_start_of_the_program_finds_what_was_kept(
    store: EvidenceStore, url: str, scratch: Path
) -> None:
    keep_photo(store)
    assert open_store(url, scratch).verify(SHA)


def test_keeping_equal_bytes_or_the_same_again_is_a_success(store: EvidenceStore, scratch: Path) -> None:
    first, second = store.receive([PHOTO]), store.receive([PHOTO])
    store.keep(first)
    store.keep(second)
    store.keep(second)  # a transaction that is tried again
    assert store.verify(SHA)
    assert left_in(scratch) == []


def test_keeping_what_was_discarded_fails_loudly(store: EvidenceStore) -> None:
    stored = store.receive([PHOTO])
    store.discard(stored)
    with pytest.raises(FileNotFoundError):
        store.keep(stored)
    assert not store.has(SHA)


def test_an_empty_file_can_be_evidence(store: EvidenceStore) -> None:
    sha = keep_photo(store, b"")
    assert store.size(sha) == 0 and store.verify(sha)


def test_a_file_of_many_parts_is_kept_whole(store: EvidenceStore) -> None:
    data = os.urandom(1024) * (20 * 1024)  # 20 MB: three parts of S3
    assert store.verify(keep_photo(store, data))
    assert store.verify(keep_photo(store, data))


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


def test_damaged_evidence_is_noticed_and_mended_by_the_next_equal_photo(folder: EvidenceStore) -> None:
    keep_photo(folder)
    with folder.path(SHA) as path:
        path.chmod(0o600)
        path.write_bytes(PHOTO[:-1])
    assert not folder.verify(SHA)
    keep_photo(folder)
    assert folder.verify(SHA)
    asides = list(path.parent.glob("*.damaged-*"))
    assert [aside.read_bytes() for aside in asides] == [PHOTO[:-1]]  # nothing is ever deleted


def test_kept_files_are_read_only(folder: EvidenceStore) -> None:
    keep_photo(folder)
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
    assert left_in(tmp_path / "evidence" / "scratch") == []


def test_a_file_system_without_links_still_keeps(
    folder: EvidenceStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    keep_photo(folder)
    keep_photo(folder)
    assert folder.verify(SHA)


def test_bytes_then_name_then_folders_reach_the_disk_in_this_order(
    folder: EvidenceStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, link = evidence_folder.bring_to_disk, os.link
    monkeypatch.setattr(
        evidence_folder, "bring_to_disk", lambda path: (steps.append(f"fsync {path.name}"), fsync(path))
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


# --- derivatives


def test_a_derivative_is_made_once_and_kept(store: EvidenceStore, url: str, scratch: Path) -> None:
    keep_photo(store)
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
    assert left_in(scratch) == []


def test_a_derivative_that_fails_is_not_kept_and_leaves_nothing(
    store: EvidenceStore, scratch: Path, tmp_path: Path
) -> None:
    keep_photo(store)

    def fail(source: Path, target: Path) -> None:
        target.write_bytes(b"nua chung")
        raise ValueError("hong")

    with pytest.raises(ValueError, match="hong"):
        store.derivative(SHA, "thumb", fail)
    assert list(tmp_path.rglob("in-*")) == []
    with store.derivative(SHA, "thumb", lambda source, target: target.write_bytes(b"tot") and None) as file:
        assert file.read() == b"tot"


def test_many_first_views_at_once_all_see_a_whole_derivative(store: EvidenceStore) -> None:
    keep_photo(store)
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


def test_a_derivative_appears_whole_or_not_at_all(folder: EvidenceStore, tmp_path: Path) -> None:
    keep_photo(folder)
    final = tmp_path / "evidence" / "derived" / "screen" / SHA[:2] / SHA[2:4] / SHA
    seen: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            if final.exists():
                seen.append(final.stat().st_size)

    watcher = threading.Thread(target=watch)
    watcher.start()
    data = bytes(30_000_000)
    with folder.derivative(SHA, "screen", lambda source, target: target.write_bytes(data) and None):
        time.sleep(0.05)
    done.set()
    watcher.join()
    assert set(seen) == {len(data)}
