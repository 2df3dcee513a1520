"""The phone without a server, in a real Chromium that is closed and opened again: what opens, what stays, who may read."""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from inspect_app.domain.phone_rows import RowReader
from tests.pocket import NOTE, Pocket

pytestmark = pytest.mark.browser

# Every byte that scripts of this page can reach on the phone, as one text.
DUMP = """
async () => {
  const found = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
  const bytes = (data) => new TextDecoder().decode(data);
  const plain = (value) => JSON.stringify(value, (_, part) => ArrayBuffer.isView(part) ? bytes(part) : part);
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => { indexedDB.open(name).onsuccess = (event) => done(event.target.result); });
    for (const store of database.objectStoreNames) {
      const asked = database.transaction(store).objectStore(store).getAll();
      const rows = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
      found.push(`${name}/${store}: ${rows.length}`, ...rows.map(plain));
      if (store === "keys") found.push(...rows.map(({ key }) => `¶ a key, extractable: ${key.extractable}`));
    }
    database.close();
  }
  for (const name of await caches.keys())
    for (const asked of await (await caches.open(name)).keys()) found.push(asked.url, await (await caches.match(asked)).text());
  const walk = async (folder) => {
    for await (const entry of folder.values())
      if (entry.kind === "directory") await walk(entry);
      else found.push(bytes(await (await entry.getFile()).arrayBuffer()));
  };
  await walk(await navigator.storage.getDirectory());
  return found.join("\\n");
}
"""


def test_the_app_opens_cold_without_a_server_and_a_visit_is_started_in_it(pocket: Pocket) -> None:
    pocket.house.server.stop()
    page = pocket.open()
    pocket.go("/inspect/")
    assert page.title().startswith("Việc của tôi")
    visit = pocket.start_visit()
    assert page.inner_text("h1") == "Xã Bình Sơn"
    assert "Theo phản ánh của người dân" in page.inner_text("main")
    pocket.answer()
    page = pocket.open()  # the browser was closed in between
    pocket.go(f"/inspect/{visit}")
    pocket.wait_for_form()
    assert pocket.given() == (True, NOTE)
    pocket.go("/findings")
    assert page.inner_text("h1") == "Trang này cần mạng"


def test_what_is_missing_is_told_and_mended(pocket: Pocket) -> None:
    page = pocket.page
    broken = page.evaluate(
        """async () => {
          const [name] = (await caches.keys()).filter((one) => one.startsWith("shell-"));
          const cache = await caches.open(name);
          const { url } = (await cache.keys()).find(({ url }) => url.endsWith("/camera.js"));
          await cache.put(url, new Response("// not what was promised"));
          return new URL(url).pathname;
        }"""
    )
    assert pocket.ask_worker(act="verify")["missing"] == [broken]
    page.reload()
    expect(page.locator("[data-ready-light]")).to_contain_text("trang chưa tải đủ")
    page.click("#mend")
    expect(page.locator("[data-ready-light]")).to_contain_text("Sẵn sàng", timeout=30_000)
    assert pocket.ask_worker(act="verify")["missing"] == []


def test_signing_out_makes_everything_unreadable_and_nothing_is_lost(pocket: Pocket) -> None:
    visit = pocket.start_visit("Đơn thư của ông Đinh Văn Tèo")
    pocket.answer()
    held = pocket.page.evaluate(DUMP)
    assert "¶ a key, extractable: false" in held
    page = pocket.go("/phone/doctor")
    page.click("details.menu > summary")
    page.click("[data-sign-out]")
    expect(page.locator("dialog")).to_contain_text("Xã Bình Sơn: 1 câu, 0 ảnh")
    page.click("dialog button[value=go]")
    page.wait_for_url("**/login**")
    expect(page.locator("#unsent")).to_contain_text("1 phiếu đang làm dở")
    for text in (held, page.evaluate(DUMP)):
        for secret in (NOTE, "Ngọk Réo", "bảng niêm yết còn bản 2019", "Đinh Văn Tèo", json.dumps(NOTE)):
            assert secret not in text
    assert "¶ a key" not in page.evaluate(DUMP)
    pocket.house.server.stop()
    pocket.open()
    pocket.go(f"/inspect/{visit}")
    assert pocket.page.locator("#ny_02_note").count() == 0

    pocket.house.server.start()
    pocket.go("/login")
    pocket.sign_in("mot")
    pocket.make_ready()
    pocket.go(f"/inspect/{visit}")
    pocket.wait_for_form()
    assert pocket.given() == (True, NOTE)


def test_signing_out_without_a_network_ends_the_session_when_there_is_one(pocket: Pocket) -> None:
    pocket.house.server.stop()
    page = pocket.go("/phone/doctor")
    page.click("details.menu > summary")
    page.click("[data-sign-out]")
    page.wait_for_url("**/inspect/")
    assert "¶ a key" not in page.evaluate(DUMP)
    pocket.house.server.start()
    pocket.go("/inspect/")
    assert "/login" in page.url
    assert page.request.get(f"{pocket.house.url}/api/v1/me").status == 401


def test_two_persons_on_one_phone_do_not_see_each_other(pocket: Pocket) -> None:
    visit = pocket.start_visit()
    pocket.answer()
    page = pocket.go("/phone/doctor")
    page.click("details.menu > summary")
    page.click("[data-sign-out]")
    page.click("dialog button[value=go]")
    page.wait_for_url("**/login**")
    pocket.sign_in("hai")
    pocket.make_ready()
    pocket.house.server.stop()
    pocket.open()
    pocket.go(f"/inspect/{visit}")
    assert NOTE not in pocket.page.content()
    assert pocket.page.evaluate("() => document.querySelector('#ny_02_note')?.value ?? ''") == ""
    pocket.start_visit()  # a visit of one's own
    pocket.house.server.start()
    pocket.go("/phone/doctor")
    expect(pocket.page.locator("#checks")).to_contain_text("2 phiếu làm dở")


def test_all_unsent_work_leaves_as_one_file_without_a_key(pocket: Pocket, tmp_path: Path) -> None:
    visit = pocket.start_visit()
    pocket.answer()
    pocket.page.evaluate(
        """async () => {
          const { lockAll } = await import(new URL("persons.js", document.querySelector("script[type=module]").src));
          await lockAll();
        }"""
    )
    pocket.house.server.stop()
    pocket.open()
    page = pocket.go("/phone/doctor")
    with page.expect_download() as told:
        page.click("#export-button")
    assert told.value.suggested_filename.startswith("phieu-may-")
    told.value.save_as(tmp_path / "out.phieu")
    with (tmp_path / "out.phieu").open("rb") as file:
        reader = RowReader(file)
        rows = list(reader)
    assert reader.odd == 0
    assert {row.store for row in rows} == {"records", "events"}
    assert [row.clear["inspection"] for row in rows if row.store == "records"] == [visit]


# ---- measures ----

SLOW = int(os.environ.get("CPU_SLOWER", "4"))
