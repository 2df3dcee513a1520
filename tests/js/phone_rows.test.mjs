// The phone's rows and documents against the table that the server's twin answers too (tests/domain/test_phone_rows.py).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

import { documentOf } from "../../static/js/phone/journal.js";
import { HEAD, read, write } from "../../static/js/phone/rows.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const TABLE = JSON.parse(readFileSync(join(HERE, "..", "phone", "cases.json"), "utf8"));

for (const { name, facts, events, photos, document } of TABLE.documents) {
  test(name, () => {
    const made = documentOf({ ...TABLE.facts, ...facts }, events, photos);
    assert.deepEqual(JSON.parse(JSON.stringify(made)), { ...TABLE.document, ...document });
  });
}

test("rows are written byte for byte as the server does, and read back", async () => {
  const { person, rows, bytes } = TABLE.file;
  const whole = Buffer.from(bytes, "base64");
  const own = rows.map((row) => ({ ...row, sealed: row.sealed ? new Uint8Array(Buffer.from(row.sealed, "base64")) : null }));
  const made = await new Blob([HEAD, ...write(person, own)]).arrayBuffer();
  assert.deepEqual(Buffer.from(made), whole);
  assert.deepEqual(read(new Uint8Array(whole.subarray(HEAD.length))).rows, own);
});
