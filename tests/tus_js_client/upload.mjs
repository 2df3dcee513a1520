// Uploads one file as the official client does, in chunks of 64 KB; a second run of it resumes what the first one began.
// Argument: JSON {endpoint, file, headers, metadata, urls (file in which it remembers uploads), retries: [ms]}.
// Prints a line of JSON a chunk: {accepted, of}, at the end {done: address} or {failed: message}.

import { createReadStream } from "node:fs";
import tus from "tus-js-client";

const { endpoint, file, headers, metadata, urls, retries } = JSON.parse(process.argv[2]);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const upload = new tus.Upload(createReadStream(file), {
  endpoint,
  headers,
  metadata,
  chunkSize: 64 * 1024,
  retryDelays: retries,
  urlStorage: new tus.FileUrlStorage(urls),
  onChunkComplete: (_, accepted, of) => say({ accepted, of }),
  onSuccess: () => say({ done: upload.url }),
  onError: (error) => {
    say({ failed: error.message });
    process.exitCode = 1;
  },
});

const [before] = await upload.findPreviousUploads();
if (before) upload.resumeFromPreviousUpload(before);
upload.start();
