"""The official tus client (tus-js-client, from npm) uploads through our door, in chunks, broken in mid-chunk and resumed."""

import json
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from inspect_app.storage.evidence import open_store
from tests.client import Client, photo_of
from tests.servers import LiveServer
from tests.toxics import BadNetwork
from tests.web.test_tus import BINH_SON, hash_of, listed, states

CLIENT = Path(__file__).resolve().parent.parent / "tus_js_client"
CHUNK = 64 * 1024


@pytest.fixture(scope="session")
def client_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client as its lock file pins it."""
    folder = tmp_path_factory.mktemp("tus_js_client")
    for name in ("package.json", "package-lock.json", "upload.mjs"):
        shutil.copy(CLIENT / name, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(
        npm, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, f"npm ci failed:\n{done.stderr}"
    return folder


@dataclass
class Upload:
    """One photo of one submission, and the program that sends it through a bad network."""

    client: Client
    net: BadNetwork
    folder: Path
    scratch: Path
    submission: str
    photo: bytes

    def run(self, *, retries: list[int]) -> tuple[int, list[dict[str, Any]]]:
        """Exit code and what it printed."""
        file = self.scratch / "photo.jpg"
        if not file.exists():  # the client knows a file again by its name and time
            file.write_bytes(self.photo)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.http.cookies)
        job = {
            "endpoint": f"{self.net.url}/api/v1/uploads", "file": str(file), "retries": retries,
            "urls": str(self.scratch / "urls.json"),
            "headers": {"Cookie": cookies, "X-CSRFToken": self.client.csrf},
            "metadata": {
                "submission": self.submission, "photo": str(uuid.uuid4()), "sha256": hash_of(self.photo), "filename": "Đức Phổ.jpg",
            },
        }  # fmt: skip
        done = subprocess.run(
            ["node", "upload.mjs", json.dumps(job)],
            cwd=self.folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120,
        )  # fmt: skip
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def upload(
    live_server: Callable[..., LiveServer], client_folder: Path, tmp_path: Path
) -> Iterator[tuple[Upload, Path]]:
    server = live_server(demo=True)
    client = Client(server.url, "kiemtra1")
    photo, submission = photo_of(30, (1200, 900)), str(uuid.uuid4())
    assert len(photo) > 4 * CHUNK
    visit = client.start_surprise(BINH_SON)
    assert client.put(submission, listed(visit, photo)).status_code == 201
    with BadNetwork(server.port) as net:
        yield (
            Upload(client, net, client_folder, tmp_path, submission, photo),
            Path(server.env["INSPECT_EVIDENCE_URL"]),
        )


def is_kept(upload: Upload, evidence: Path) -> None:
    assert states(upload.client, upload.submission) == ["stored"]
    with open_store(str(evidence), evidence.parent).open(hash_of(upload.photo)) as kept:
        assert kept.read() == upload.photo


def test_it_uploads_in_chunks(upload: tuple[Upload, Path]) -> None:
    sent, evidence = upload
    code, said = sent.run(retries=[])
    assert code == 0, said
    assert [line["accepted"] for line in said[:-1]] == [
        *range(CHUNK, len(sent.photo), CHUNK),
        len(sent.photo),
    ]
    is_kept(sent, evidence)


def test_broken_in_mid_chunk_it_goes_on_by_itself(upload: tuple[Upload, Path]) -> None:
    sent, evidence = upload
    sent.net.trap("PATCH", "/uploads/", None, times=2)
    code, said = sent.run(retries=[10, 10, 10])
    assert code == 0, said
    assert sent.net.count("HEAD", "/uploads/") >= 2
    assert sent.net.count("POST", "/uploads$") == 1
    is_kept(sent, evidence)


def test_a_second_run_resumes_at_the_byte_what_the_first_one_left_in_mid_chunk(
    upload: tuple[Upload, Path],
) -> None:
    sent, evidence = upload
    sent.net.set(cut_up=40_000)
    code, said = sent.run(retries=[])
    assert code == 1 and "failed" in said[-1]
    sent.net.clear()
    code, said = sent.run(retries=[])
    assert code == 0, said
    assert sent.net.count("POST", "/uploads$") == 0, "the same upload, not a new one"
    assert 0 < said[0]["accepted"] - CHUNK <= 40_000, "it goes on where the cut left it"
    is_kept(sent, evidence)
