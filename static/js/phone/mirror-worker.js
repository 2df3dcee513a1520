// Worker of mirror.js: appends to and reads files of the origin's private file system. Only a worker may write there
// at once and flushed (createSyncAccessHandle). One request after the other, since a file takes one writer.

import { read } from "./rows.js";

let line = Promise.resolve();
const mended = new Set(); // files whose end was looked at: an earlier run may have been killed in the middle of a row

async function folderOf(name) {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create: true });
}

// Another tab may hold the file for a moment.
async function opened(file) {
  for (let round = 0; ; round += 1) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (round > 20) throw error;
      await new Promise((again) => setTimeout(again, 50));
    }
  }
}

function mend(handle) {
  const bytes = new Uint8Array(handle.getSize());
  handle.read(bytes, { at: 0 });
  handle.truncate(read(bytes).whole);
}

const acts = {
  async append(folder, name, bytes) {
    const handle = await opened(await folder.getFileHandle(name, { create: true }));
    try {
      if (!mended.has(name)) mend(handle);
      mended.add(name);
      handle.write(bytes, { at: handle.getSize() });
      handle.flush();
    } finally {
      handle.close();
    }
  },
  async all(folder) {
    const found = [];
    for await (const file of folder.values())
      if (file.kind === "file") found.push(new Uint8Array(await (await file.getFile()).arrayBuffer()));
    return found;
  },
  remove: (folder, name) => folder.removeEntry(name),
};

onmessage = ({ data: { id, act, folder, file, bytes } }) => {
  line = line.then(async () => {
    try {
      postMessage({ id, answer: await acts[act](await folderOf(folder), file, bytes) });
    } catch (error) {
      postMessage({ id, error: error.name });
    }
  });
};
