// Sends files with Uppy as it comes, each in parts side by side; prints what happened as one line of JSON.
import fs from "node:fs";
import Uppy from "@uppy/core";
import Tus from "@uppy/tus";

const [, , endpoint, token, parts, ...paths] = process.argv;
const uppy = new Uppy({ autoProceed: false });
uppy.use(Tus, {
  endpoint,
  parallelUploads: Number(parts),
  retryDelays: Array(40).fill(50),
  headers: { Authorization: `Bearer ${token}` },
  storeFingerprintForResuming: false,
  allowedMetaFields: ["filename"],
});
for (const path of paths) {
  const name = path.split("/").at(-1);
  // tus-js-client reads no File in Node.js; of a Buffer Uppy asks the size as it would of one.
  const data = fs.readFileSync(path);
  data.size = data.length;
  uppy.addFile({ name, type: "image/png", data, meta: { filename: name } });
}
const { successful, failed } = await uppy.upload();
console.log(
  JSON.stringify({
    urls: successful.map((file) => file.uploadURL),
    errors: failed.map((file) => String(file.error)),
  }),
);
process.exit(failed.length ? 1 : 0);
