import { PMDError } from "@pmd/client";
import * as v from "valibot";
import { beforeEach, expect, it, vi } from "vitest";

import { CHANGED, editOf } from "../ui/edits";
import { request } from "./client";
import { patchSeen } from "./seen";

vi.mock("./client", () => ({ request: vi.fn() }));

const Thing = v.object({ name: v.string(), theme: v.string() });
const thing = { schema: Thing, url: "/thing" };
const edit = editOf({ name: "Old", theme: "sea" }, { name: "Mine", theme: "sea" });

type Stored = v.InferOutput<typeof Thing> & { version: number };
let stored: Stored;
/** What another tab does between reading and writing, once. */
let between: Partial<Stored> | null;

beforeEach(() => {
  stored = { name: "Old", theme: "sea", version: 1 };
  between = null;
  vi.mocked(request).mockImplementation((_, method, __, options = {}) => {
    if (method === "GET") {
      options.onResponse?.(new Response(null, { headers: { ETag: `"${stored.version}"` } }));
      const shown = { name: stored.name, theme: stored.theme };
      if (between) stored = { ...stored, ...between, version: stored.version + 1 };
      between = null;
      return Promise.resolve(shown);
    }
    if (options.headers?.["If-Match"] !== `"${stored.version}"`)
      return Promise.reject(new PMDError(412, "It was changed.", { code: CHANGED }));
    stored = { ...stored, ...(options.body as object), version: stored.version + 1 };
    return Promise.resolve(stored);
  });
});

it("writes what was edited beside what others have changed", async () => {
  stored = { ...stored, theme: "sky" };
  between = { theme: "night" };
  await patchSeen(thing, edit);
  expect(stored).toMatchObject({ name: "Mine", theme: "night" });
});

it.each(["before", "between"] as const)("overwrites nothing that was changed %s", async (when) => {
  if (when === "between") between = { name: "Theirs" };
  else stored = { ...stored, name: "Theirs" };
  await expect(patchSeen(thing, edit)).rejects.toMatchObject({ names: ["name"], now: { name: "Theirs" } });
  expect(stored.name).toBe("Theirs");
});

it("takes the same change of others for its own", async () => {
  stored = { ...stored, name: "Mine" };
  await patchSeen(thing, edit);
  expect(stored.name).toBe("Mine");
});
