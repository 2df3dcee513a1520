"""A later version of the program: it comes wholly or not at all, and changes nothing under a checklist that is open."""

from pathlib import Path

import pytest

from tests.pocket import NOTE, WORKERS, Pocket
from tests.servers import ROOT

pytestmark = pytest.mark.browser


def test_a_file_that_is_not_what_was_promised_keeps_the_old_version(pocket: Pocket) -> None:
    before = pocket.ask_worker(act="verify")["version"]
    pocket.house.later("tampered", tamper)
    pocket.page.evaluate(
        "async () => { const found = await navigator.serviceWorker.getRegistration(); await found.update().catch(() => {}); }"
    )
    pocket.page.wait_for_timeout(1500)
    pocket.open()
    pocket.go("/phone/doctor")
    assert pocket.ask_worker(act="settle")["version"] == before
    assert pocket.ask_worker(act="verify") == {
        **pocket.ask_worker(act="verify"),
        "version": before,
        "missing": [],
    }


def tamper(root: Path) -> None:
    """A server that gives another file than its list says."""
    (root / "static/js/phone/words.js").write_text(
        "// a later version\n" + (ROOT / "static/js/phone/words.js").read_text()
    )
    (root / "wsgi.py").write_text(
        "from collections.abc import Iterable\nfrom inspect_app import create_app\nreal = create_app()\n"
        "def app(environ, start):\n"
        "    if environ['PATH_INFO'].endswith('/camera.js'):\n"
        "        start('200 OK', [('Content-Type', 'text/javascript')])\n"
        "        return [b'// something else']\n"
        "    return real(environ, start)\n"
    )


def new_version(root: Path) -> None:
    code = root / "static/js/phone/words.js"
    code.write_text("// a later version\n" + code.read_text())


def test_an_update_with_a_draft_open_changes_nothing_until_it_is_sent(pocket: Pocket) -> None:
    before = pocket.ask_worker(act="verify")["version"]
    visit = pocket.start_visit()
    pocket.answer()
    pocket.house.later("later", new_version)
    pocket.open()
    pocket.go("/phone/doctor")
    pocket.wait_for_workers(waiting=True)
    pocket.open()  # now the later worker is the one that answers
    pocket.go("/phone/doctor")
    assert len(pocket.wait_for_workers(waiting=False)["shells"]) == 2, "both versions are here"
    pocket.house.server.stop()
    assert pocket.ask_worker(act="settle")["version"] == before
    assert pocket.ask_worker(act="verify")["version"] == before
    pocket.go(f"/inspect/{visit}")
    pocket.wait_for_form()
    assert pocket.given() == (True, NOTE)

    pocket.page.evaluate(
        """async (visit) => {
          const base = document.querySelector("script[type=module]").src;
          const { findOpenStore } = await import(new URL("persons.js", base));
          const store = await findOpenStore();
          const [{ key }] = (await store.list("records")).filter(({ clear }) => clear.inspection === visit);
          await store.amend("records", key, () => ({ state: "complete" }));
        }""",
        visit,
    )
    pocket.house.server.start()
    pocket.make_ready()
    after = pocket.ask_worker(act="settle")["version"]
    assert after != before
    pocket.make_ready()
    assert pocket.page.evaluate(WORKERS)["shells"] == [f"shell-{after}"], (
        "the older version went after the move"
    )
