// Sends a file with tus-js-client as it comes; prints what happened as one line of JSON.
import fs from "node:fs";
import { PassThrough } from "node:stream";
import * as tus from "tus-js-client";

const [, , endpoint, path, token, chunk, dieAt, more] = process.argv;
const log = [];
const options = more ? JSON.parse(more) : {};
const file = fs.createReadStream(path);
// What comes through a pipe has no length that anybody knows.
const upload = new tus.Upload(options.uploadLengthDeferred ? file.pipe(new PassThrough()) : file, {
  endpoint,
  ...options,
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
