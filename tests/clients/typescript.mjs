// The TypeScript client as others install it: JSON, pages, bytes, a repeated request, errors, and events.
import { newIdempotencyKey, PMDClient, PMDError } from "@pmd/client";

const [, , baseUrl, token, postId] = process.argv;
const pmd = new PMDClient({ baseUrl, token });

const failed = (call) =>
  call.then(
    () => undefined,
    (error) => {
      if (!(error instanceof PMDError)) throw error;
      return error;
    },
  );

const { handle } = await pmd.get("/api/pmd/me");
let posts = 0;
for await (const _post of pmd.items("/api/pmd/posts", { query: { limit: 60 } })) posts += 1;
const art = await pmd.bytes("/api/pmd/posts/{post_id}/art", { path: { post_id: Number(postId) } });

const ended = new AbortController();
const events = [];
const heard = (async () => {
  for await (const { event } of pmd.events({ signal: ended.signal })) {
    if (event !== "connected" && event !== "bulk_change_update") continue;
    if (events.push(event) === 2) return;
    // Only now, so that the stream tells of it.
    await ask();
  }
})();

const idempotencyKey = newIdempotencyKey();
const request = { body: { action: "hide", filter: { q: "picture" } }, idempotencyKey };
const asked = [];
async function ask() {
  asked.push((await pmd.post("/api/pmd/bulk-changes", request)).id, (await pmd.post("/api/pmd/bulk-changes", request)).id);
}
await heard;
ended.abort();

const missing = await failed(pmd.get("/api/pmd/bulk-changes/{change_id}", { path: { change_id: 999999 } }));
const refused = await failed(pmd.get("/api/pmd/posts", { query: { limit: 0 } }));
console.log(
  JSON.stringify({
    handle,
    posts,
    bytes: (await art.arrayBuffer()).byteLength,
    isRepeated: asked[0] === asked[1],
    error: missing.status,
    refused: [refused.status, refused.faults[0]?.path],
    events,
  }),
);
