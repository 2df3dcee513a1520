"""The camera within the page, the covering of faces and the making of photos, in a Chromium with a camera of its own."""

import base64
import hashlib
import io
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageStat
from playwright.sync_api import Browser, Page, expect

from inspect_app.exchange.demo_photos import draw_photo
from inspect_app.web.headers import POLICY
from inspect_app.web.phone_words import words

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]
WORDS = words()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
DUC_PHO = {"latitude": 14.8121, "longitude": 108.9583}

OPEN_CAMERA = """async (words) => {
  const { openCamera } = await import("/static/js/phone/camera.js");
  window.kept = [];
  const onShot = async (shot) => {
    kept.push(shot);
    return { drop: async () => { kept.splice(kept.indexOf(shot), 1); } };
  };
  document.title = "open";
  openCamera({ words, onShot }).then(() => { document.title = "done"; }, ({ reason }) => { document.title = reason; });
}"""
KEPT = """() => Promise.all(kept.map(async ({ blob, ...known }) => {
  const picture = await createImageBitmap(blob);
  return { ...known, type: blob.type, real: [picture.width, picture.height] };
}))"""
OPEN_MASK = """async (words) => {
  const { maskPhoto } = await import("/static/js/phone/mask.js");
  const blob = await (await fetch("/photo.jpg")).blob();
  document.title = "open";
  maskPhoto(blob, words).then(async (made) => {
    window.masked = made && btoa(Array.from(new Uint8Array(await made.arrayBuffer()), (b) => String.fromCharCode(b)).join(""));
    document.title = made ? "masked" : "left";
  });
}"""
SHRINK = """([address, there]) => new Promise(async (answer) => {
  const file = await (await fetch(address)).blob();
  const told = async ({ id, blob, thumb, ...made }) => {
    const small = thumb && await createImageBitmap(thumb);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await blob.arrayBuffer()));
    const hash = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    answer({ ...made, hash, size: blob.size, thumb: small && [small.width, small.height] });
  };
  if (!there) return (await import("/static/js/phone/shrink-worker.js")).shrink(file).then(told);
  const worker = new Worker("/static/js/phone/shrink-worker.js", { type: "module" });
  worker.onmessage = ({ data }) => told(data);
  worker.onerror = () => answer("the worker failed");
  worker.postMessage({ id: 1, file });
})"""

EMPTY_PAGE = b"""<!doctype html><html lang="vi"><meta charset="utf-8"><title>Phieu</title>
<link rel="stylesheet" href="/static/css/phone.css"><main><h1>Phieu</h1></main>"""


class House(SimpleHTTPRequestHandler):
    """The project's static files, one empty page, and the pictures of the test, under the real policy."""

    pictures: dict[str, bytes] = {}

    def do_GET(self) -> None:
        if self.path.startswith("/static/"):
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg" if self.path in self.pictures else "text/html")
        self.end_headers()
        self.wfile.write(self.pictures.get(self.path, EMPTY_PAGE))

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(House, directory=str(ROOT)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Browser]:
    """A browser with a camera; the one of the other tests has none."""
    chromium = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=FLAGS)
    yield chromium
    chromium.close()


Opened = Callable[..., Page]


@pytest.fixture
def opened(phone: Browser, url: str) -> Iterator[Opened]:
    contexts = []
    complaints: list[str] = []

    def start(permissions: tuple[str, ...] = ("camera", "geolocation"), accuracy: float = 12) -> Page:
        context = phone.new_context(
            viewport={"width": 390, "height": 844},
            permissions=permissions,
            geolocation=DUC_PHO | {"accuracy": accuracy},
        )
        contexts.append(context)
        context.on("weberror", lambda fault: complaints.append(str(fault.error)))
        context.on(
            "console", lambda told: complaints.append(told.text) if "Security Policy" in told.text else None
        )
        page = context.new_page()
        page.goto(url)
        return page

    yield start
    for context in contexts:
        context.close()
    assert not complaints


def press(page: Page, word: str) -> None:
    page.get_by_role("button", name=word, exact=True).click()


def open_camera(page: Page) -> None:
    page.evaluate(OPEN_CAMERA, WORDS["camera"])
    expect(page.get_by_role("dialog", name=WORDS["camera"]["title"])).to_be_visible()
    expect(page.get_by_role("status")).to_be_empty()


def shoot(page: Page, number: int) -> None:
    press(page, WORDS["camera"]["shutter"])
    expect(page.get_by_role("status")).to_have_text(WORDS["camera"]["count"] % {"count": number})


def faults(page: Page) -> list[str]:
    return [
        f"{rule['id']}: {rule['nodes'][0]['html']}"
        for rule in Axe().run(page, options=RULES).response["violations"]
    ]


def test_a_burst_of_three_the_last_taken_again_each_with_its_place(opened: Opened) -> None:
    page = opened()
    open_camera(page)
    expect(page.get_by_text("GPS ±12 m")).to_be_visible()
    for number in (1, 2, 3):
        shoot(page, number)
    press(page, WORDS["camera"]["retake"])
    expect(page.get_by_role("status")).to_have_text(WORDS["camera"]["dropped"])
    assert len(page.evaluate("kept")) == 2
    page.keyboard.press("Enter")  # the shutter has the focus
    expect(page.get_by_role("status")).to_have_text(WORDS["camera"]["count"] % {"count": 3})
    assert faults(page) == []
    press(page, WORDS["camera"]["done"])
    expect(page).to_have_title("done")
    kept = page.evaluate(KEPT)
    assert len(kept) == 3
    for shot in kept:
        assert (shot["lat"], shot["lon"], shot["accuracy"], shot["source"]) == (
            14.8121,
            108.9583,
            12,
            "camera",
        )
        assert [shot["width"], shot["height"]] == shot["real"]
        taken = datetime.fromisoformat(shot["takenAt"])
        assert abs(datetime.now(taken.tzinfo) - taken) < timedelta(minutes=1)
    assert page.locator("dialog").count() == 0


def test_a_camera_without_a_still_picture_gives_what_the_video_shows(opened: Opened) -> None:
    page = opened()
    page.evaluate("delete globalThis.ImageCapture")
    open_camera(page)
    shoot(page, 1)
    [shot] = page.evaluate(KEPT)
    assert shot["type"] == "image/jpeg"
    assert [shot["width"], shot["height"]] == shot["real"]


def test_a_poor_position_or_none_is_told_and_stops_no_photo(opened: Opened) -> None:
    page = opened(accuracy=2300)
    open_camera(page)
    expect(page.get_by_text("GPS kém, ±2300 m")).to_be_visible()
    shoot(page, 1)
    assert page.evaluate("kept[0].accuracy") == 2300

    page = opened(permissions=("camera",))
    open_camera(page)
    expect(page.get_by_text(WORDS["camera"]["no_place"])).to_be_visible()
    shoot(page, 1)
    assert page.evaluate("[kept[0].lat, kept[0].accuracy]") == [None, None]


def test_a_wrong_clock_costs_no_position_and_an_old_one_is_looked_for_anew(opened: Opened) -> None:
    page = opened()
    wrong = datetime.now(timezone(timedelta(hours=7))) + timedelta(days=2)
    page.clock.set_fixed_time(wrong)
    open_camera(page)
    expect(page.get_by_text("GPS ±12 m")).to_be_visible()
    shoot(page, 1)
    page.clock.set_fixed_time(wrong + timedelta(minutes=3))
    expect(page.get_by_text(f"{wrong + timedelta(minutes=3):%d/%m/%Y %H:%M:%S}")).to_be_visible()
    expect(page.get_by_text("GPS ±12 m")).to_be_visible()
    shoot(page, 2)
    assert page.evaluate("kept.map((shot) => shot.lat)") == [14.8121, 14.8121]


def test_a_photo_is_kept_however_soon_the_person_is_done(opened: Opened) -> None:
    page = opened()
    open_camera(page)
    page.evaluate(
        "() => { document.querySelector('.shutter').click(); document.querySelector('.main').click(); }"
    )
    expect(page).to_have_title("done")
    assert page.evaluate("kept.length") == 1
    assert page.locator("dialog").count() == 0


def test_a_refused_camera_is_told_so_that_a_file_can_be_taken(opened: Opened) -> None:
    page = opened(permissions=("geolocation",))
    page.evaluate(OPEN_CAMERA, WORDS["camera"])
    expect(page).to_have_title("denied")  # at once: the tap that opened the camera may open a file as well
    page.evaluate("Object.defineProperty(navigator, 'userActivation', { value: { isActive: false } })")
    page.evaluate(OPEN_CAMERA, WORDS["camera"])  # now only after another tap
    expect(page.get_by_role("status")).to_have_text(WORDS["camera"]["denied"])
    assert faults(page) == []
    press(page, WORDS["camera"]["by_app"])
    expect(page).to_have_title("denied")
    page.evaluate("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.evaluate(OPEN_CAMERA, WORDS["camera"])
    expect(page).to_have_title("none")


def test_the_camera_is_free_while_nobody_looks_and_after_the_end(opened: Opened) -> None:
    page = opened()
    open_camera(page)
    see = "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
    see += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(OPEN_CAMERA, WORDS["camera"])
    assert page.locator("dialog").count() == 1, "a second tap opens no second camera"
    page.evaluate("document.title = 'open'")
    hold = "window.track = document.querySelector('dialog video').srcObject.getTracks()[0]"
    page.evaluate(hold)
    assert page.evaluate("track.readyState") == "live"
    page.evaluate(see, True)
    assert page.evaluate("track.readyState") == "ended"
    page.evaluate(see, False)
    shown = "(video) => video.srcObject?.active && video.readyState > 1"
    page.wait_for_function(f"() => ({shown})(document.querySelector('dialog video'))")
    shoot(page, 1)
    page.evaluate(hold)
    page.keyboard.press("Escape")
    expect(page).to_have_title("done")
    assert page.evaluate("track.readyState") == "ended"


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality)
    return target.getvalue()


def scene() -> Image.Image:
    """Stripes everywhere, so that what was averaged is told from what was not."""
    tile = Image.frombytes("L", (8, 8), bytes(255 if (x // 4) else 0 for _ in range(8) for x in range(8)))
    image = Image.new("RGB", (1600, 1200))
    for x in range(0, 1600, 8):
        for y in range(0, 1200, 8):
            image.paste(tile, (x, y))
    for x in range(
        272, 816, 34
    ):  # each as broad as a cell: black and white to it, grey only to a large block
        image.paste("white" if x % 68 else "black", (x, 300, x + 34, 420))
    return image


def contrast(image: Image.Image, box: tuple[int, int, int, int]) -> float:
    return ImageStat.Stat(image.convert("L").crop(box)).stddev[0]


def open_mask(page: Page, picture: bytes) -> None:
    House.pictures["/photo.jpg"] = picture
    page.evaluate(OPEN_MASK, WORDS["mask"])
    expect(page.get_by_role("dialog", name=WORDS["mask"]["title"])).to_be_visible()
    expect(page.get_by_role("button", name=WORDS["mask"]["large"])).to_have_attribute("aria-pressed", "true")


def drag(page: Page, *points: tuple[float, float]) -> None:
    """A finger over the picture; points as shares of its width and height."""
    box = page.locator("dialog canvas").bounding_box()
    assert box
    (x, y), *others = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(x, y)
    page.mouse.down()
    for x, y in others:
        page.mouse.move(x, y)
    page.mouse.up()


def result(page: Page) -> Image.Image:
    press(page, WORDS["mask"]["done"])
    expect(page).to_have_title("masked")
    return Image.open(io.BytesIO(base64.b64decode(page.evaluate("window.masked"))))


def test_what_a_finger_covered_is_gone_and_the_rest_is_as_it_was(opened: Opened) -> None:
    page = opened()
    before = jpeg(scene())
    open_mask(page, before)
    assert faults(page) == []
    drag(page, (0.8, 0.8), (0.9, 0.9))
    press(page, WORDS["mask"]["undo"])
    expect(page.get_by_role("button", name=WORDS["mask"]["done"])).to_be_disabled()
    drag(page, (0.2, 0.3), (0.5, 0.3))
    press(page, WORDS["mask"]["small"])
    drag(page, (0.75, 0.75))
    drag(page, (0.25, 0.3))  # over what is covered already: brings nothing back
    masked = result(page)
    assert masked.size == (1600, 1200)
    original = Image.open(io.BytesIO(before)).convert("RGB")
    assert contrast(original, (300, 300, 800, 420)) > 100
    assert contrast(masked, (300, 300, 800, 420)) < 8
    assert contrast(masked, (1185, 885, 1215, 915)) < 8
    for rest in ((0, 0, 1600, 190), (0, 600, 1100, 1200), (1300, 600, 1600, 1200)):
        difference = ImageChops.difference(masked.convert("RGB").crop(rest), original.crop(rest))
        assert ImageStat.Stat(difference.convert("L")).mean[0] < 3
        assert contrast(masked, rest) > 100


def test_covering_goes_by_keys_alone_and_can_be_given_up(opened: Opened) -> None:
    page = opened()
    open_mask(page, jpeg(scene()))
    page.locator("dialog canvas").focus()
    expect(page.get_by_text(WORDS["mask"]["picture"])).to_be_visible()
    for key in ("ArrowLeft", "ArrowUp", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_have_text(WORDS["mask"]["covered"])
    masked = result(page)
    assert contrast(masked, (720, 520, 840, 640)) < 8
    assert contrast(masked, (1100, 0, 1600, 1200)) > 100

    open_mask(page, jpeg(scene()))
    drag(page, (0.5, 0.5))
    press(page, WORDS["mask"]["cancel"])
    expect(page).to_have_title("left")


@pytest.mark.parametrize("there", [True, False], ids=["worker", "page"])
def test_photos_are_made_small_and_told_when_dark_or_blurred(opened: Opened, there: bool) -> None:
    page = opened()
    sharp = draw_photo("ns_02", "Ia H'Drai", datetime(2026, 3, 2, 8, 15), 14.8121, 108.9583)
    large = Image.open(io.BytesIO(sharp)).resize((3200, 2400))
    blurred = large.filter(ImageFilter.GaussianBlur(15))
    dark = ImageEnhance.Brightness(large).enhance(0.1)
    broken = b"\xff\xd8 no picture"
    House.pictures |= {
        "/sharp": sharp,
        "/large": jpeg(large, 97),
        "/blurred": jpeg(blurred),
        "/dark": jpeg(dark),
        "/broken": broken,
    }
    made = {
        name: page.evaluate(SHRINK, [f"/{name}", there])
        for name in ("sharp", "large", "blurred", "dark", "broken")
    }
    assert all(one["hash"] == one["sha256"] for one in made.values())
    assert made["sharp"]["sha256"] == made["sharp"]["original_sha256"] == hashlib.sha256(sharp).hexdigest()
    assert made["sharp"]["takenAt"] == "2026-03-02T01:15:00.000Z"
    assert (round(made["sharp"]["lat"], 4), made["sharp"]["thumb"]) == (14.8121, [160, 120])
    assert (made["large"]["width"], made["large"]["height"]) == (2048, 1536)
    assert made["large"]["size"] < made["large"]["original_size"] == len(House.pictures["/large"])
    assert made["large"]["original_sha256"] == hashlib.sha256(House.pictures["/large"]).hexdigest()
    assert (made["broken"]["size"], made["broken"]["thumb"]) == (len(broken), None)
    told = {name: (one["dark"], one["blurred"]) for name, one in made.items() if name != "dark"}
    assert told == {
        "sharp": (False, False),
        "large": (False, False),
        "blurred": (False, True),
        "broken": (False, False),
    }
    assert made["dark"]["dark"]
