// A receiver of webhooks: checks the signature, answers, and prints what has happened, each message once.
//
//     WEBHOOK_SECRET=whsec_… node webhook-receiver.mjs 8000
//
// Without dependencies; the package “standardwebhooks” does the same.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const MAX_BYTES = 65_536;
const key = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
// A message may come again: its answer was lost. A service that must not lose count keeps the ids in its database.
const seen = new Set();

function isSigned(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signatures } = headers;
  if (!id || !signatures || !(Math.abs(Date.now() / 1000 - Number(at)) < 300)) return false;
  const wanted = createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest();
  // While its secret is being changed, a message has two signatures.
  return signatures.split(" ").some((signature) => {
    const [version, text] = signature.split(",");
    const given = Buffer.from(text ?? "", "base64");
    return version === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

createServer(async (request, response) => {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BYTES) return response.writeHead(413).end();
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (!isSigned(request.headers, body)) return response.writeHead(400).end();
  // First answer, then work: after ten seconds the message is sent again.
  response.writeHead(204).end();
  const id = request.headers["webhook-id"];
  if (seen.has(id)) return;
  seen.add(id);
  if (seen.size > 10_000) seen.delete(seen.values().next().value);
  const { type, data } = JSON.parse(body);
  console.log(type, JSON.stringify(data));
}).listen(Number(process.argv[2]), "127.0.0.1");
