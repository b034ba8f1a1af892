// A picture goes in, is approved, goes out in a pack and comes back, by a client that is generated from our document.
import fs from "node:fs";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const [, , baseUrl = "", token = "", picture = ""] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });

function found<T>({ data, error }: { data?: T; error?: unknown }): T {
  if (data === undefined) throw new Error(JSON.stringify(error));
  return data;
}

async function until<T>(ask: () => Promise<T>, is: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (is(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const form = new FormData();
form.append("files[]", new Blob([fs.readFileSync(picture)]), "circle.png");
const upload = found(
  await client.POST("/api/pmd/uploads/form", { body: { "files[]": [] }, bodySerializer: () => form }),
);
const params = { path: { upload_id: upload.id } };
await until(
  async () => found(await client.GET("/api/pmd/uploads/{upload_id}", { params })),
  ({ status }) => status === "completed",
);
const { items } = found(await client.GET("/api/pmd/assets", { params: { query: { upload_id: upload.id } } }));
const asset_ids = items.map(({ id }) => id);
found(await client.POST("/api/pmd/assets/edit", { body: { asset_ids, set: { provenance: "user_provided" } } }));
const approved = found(await client.POST("/api/pmd/assets/action", { body: { action: "approve", asset_ids } }));
const made = found(
  await client.POST("/api/pmd/packs", {
    body: { name: "Circle", license_type: "royalty_free", assets: asset_ids.map((asset_id) => ({ asset_id })) },
  }),
);
const pack = { path: { pack_id: made.id } };
found(await client.POST("/api/pmd/packs/{pack_id}/export", { params: pack }));
await until(
  async () => found(await client.GET("/api/pmd/packs/{pack_id}", { params: pack })),
  ({ edition }) => edition === 1,
);
const archive = found(
  await client.GET("/api/pmd/packs/{pack_id}/download", { params: pack, parseAs: "arrayBuffer" }),
) as unknown as ArrayBuffer;
fs.writeFileSync(`${picture}.zip`, Buffer.from(archive));
console.log(JSON.stringify({ approved: approved.affected_count }));
