// Rows as bytes: "phieu-rows/1", one line of JSON a row, then what is sealed. One format for the second copy on this
// phone, the export file, and sending without sign-in; twin of domain/phone_rows.py.

export const HEAD = "phieu-rows/1\n";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

// Parts of a Blob or a body: [bytes, bytes, ...] of these rows of one person.
export function write(person, rows) {
  return rows.flatMap(({ store, key, clear, sealed }) => {
    const size = sealed?.byteLength ?? 0;
    const line = encoder.encode(`${JSON.stringify({ store, key, person, clear, size })}\n`);
    return size ? [line, sealed] : [line];
  });
}

// Rows in bytes (without the head) and how far they reach; a last one that a crash cut off is left out.
export function read(bytes) {
  const rows = [];
  let at = 0;
  let whole = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    let line;
    try {
      line = JSON.parse(decoder.decode(bytes.subarray(at, end)));
    } catch {
      break;
    }
    at = end + 1 + line.size;
    if (at > bytes.length) break;
    rows.push({ store: line.store, key: line.key, clear: line.clear, sealed: line.size ? bytes.slice(end + 1, at) : null });
    whole = at;
  }
  return { rows, whole };
}
