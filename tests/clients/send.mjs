// Sends a file with tus-js-client as it comes; prints what happened as one line of JSON.
import fs from "node:fs";
import * as tus from "tus-js-client";

const [, , endpoint, path, token, chunk, dieAt] = process.argv;
const log = [];
const upload = new tus.Upload(fs.createReadStream(path), {
  endpoint,
  uploadSize: fs.statSync(path).size,
  chunkSize: chunk === "whole" ? Infinity : Number(chunk),
  retryDelays: Array(40).fill(50),
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: "drache ä.png" },
  urlStorage: new tus.FileUrlStorage(`${path}.urls.json`),
  fingerprint: async () => `fingerprint of ${path}`,
  onAfterResponse: (request, response) => log.push(`${request.getMethod()} ${response.getStatus()}`),
  onProgress: (sent) => {
    if (dieAt && sent >= Number(dieAt)) process.exit(9);
  },
  onError: (error) => {
    console.log(JSON.stringify({ error: String(error), log }));
    process.exit(1);
  },
  onSuccess: () => {
    console.log(JSON.stringify({ url: upload.url, log }));
    process.exit(0);
  },
});
const [before] = await upload.findPreviousUploads();
if (before) upload.resumeFromPreviousUpload(before);
upload.start();
