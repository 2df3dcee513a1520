// Finding the office of a visit on the phone.
import assert from "node:assert/strict";
import test from "node:test";

import { distance, prepare, readableDistance, search } from "../../static/js/phone/places.js";

const unit = (code, name, area = "", lat = null, lon = null) => ({ code, name, full: `Xã ${name}`, area, lat, lon });
const UNITS = [
  unit("1", "Ba Tơ", "huyện Ba Tơ", 14.77, 108.73),
  unit("2", "Bình Sơn", "huyện Bình Sơn", 15.3, 108.76),
  unit("3", "Đức Phổ", "thị xã Đức Phổ", 14.81, 108.96),
  unit("4", "Ia H'Drai", "huyện Ia H'Drai", 13.9, 107.4),
  unit("5", "Sơn Bình", "huyện Bình Sơn"),
  unit("6", "Tây Sơn Bình", "huyện Sơn Tây", 15.29, 108.75),
];
const codes = (query, here) => search(prepare(UNITS, here), query).map((found) => found.unit.code).join("");

test("a unit is found without accents, by any part of its name and by its former district", () => {
  assert.equal(codes("duc pho"), "3");
  assert.equal(codes("ĐỨC"), "3");
  assert.equal(codes("ia hdrai"), "4");
  assert.equal(codes("h drai"), "4");
  assert.equal(codes("huyện sơn tây"), "6");
  assert.equal(codes("nowhere"), "");
});

test("names that begin with what was typed come first, then those with a later word, then districts", () => {
  assert.equal(codes("son"), "526");
  assert.equal(codes("binh"), "256");
});

test("nothing typed shows all, in the order given, or the nearest first", () => {
  assert.equal(codes(""), "123456");
  assert.equal(codes("", { lat: 15.3, lon: 108.76 }), "263145");
  assert.equal(codes("binh", { lat: 15.29, lon: 108.75 }), "265");
});

test("distances follow the ball: Quảng Ngãi to Kon Tum", () => {
  const found = distance({ lat: 15.1205, lon: 108.7923 }, { lat: 14.3497, lon: 108.0005 });
  assert.ok(Math.abs(found - 120.9) < 1, String(found));
  assert.equal(distance(null, { lat: 1, lon: 1 }), Infinity);
  assert.equal(distance({ lat: 0, lon: 0 }, { lat: null, lon: null }), Infinity);
});

test("distances are read as people say them", () => {
  const said = [0.001, 0.123, 0.85, 0.996, 3.44, 19.9, 20.4, 121.2, Infinity].map((km) => readableDistance(km));
  assert.deepEqual(said, ["10 m", "120 m", "850 m", "1 km", "3,4 km", "19,9 km", "20 km", "121 km", ""]);
});

test("300 units are searched in a fraction of a frame", () => {
  const here = { lat: 14, lon: 108 };
  const many = prepare(
    Array.from({ length: 300 }, (_, n) => unit(String(n), `Đơn vị Ngọk Réo ${n}`, "huyện Kon Rẫy", 14 + n / 500, 108)),
    here,
  );
  const queries = ["n", "ng", "ngo", "ngok", "ngok "];
  search(many, "r");
  const begun = performance.now();
  for (const query of queries) assert.equal(search(many, query).length, 300);
  const each = (performance.now() - begun) / queries.length;
  assert.ok(each < 5, `${each} ms`);
});
