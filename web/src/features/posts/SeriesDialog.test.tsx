// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { queryClient } from "../../data/queries";
import type { Post } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { held, settled } from "../../testing/settled";

const server = vi.hoisted(() => ({ request: vi.fn(), remove: vi.fn(), changed: vi.fn() }));
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock("../../data/client", () => ({
  request: server.request,
  remove: server.remove,
  allOf: async (page: (cursor: string | null) => Promise<{ items: unknown[] }>) => (await page(null)).items,
}));
vi.mock("../../data/posts", () => ({ changeCachedPosts: server.changed }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("./PostPicture", () => ({ PostPicture: () => null }));
const { SeriesDialog } = await import("./SeriesDialog");

const series = (id: number, part: object = {}) => ({
  ...{ id, version: 1, name: `Series ${String(id)}`, description: null, cover_post_id: null, first_post_id: 1 },
  ...{ post_count: 3, draft_count: 0, url: `https://site/series/${String(id)}`, created_at: "", updated_at: "" },
  ...part,
});
/** What the service has; reading an order tells its version. */
let all = [series(3), series(4)];
let orders: Record<number, number[]> = {};
let refusal: PMDError | null = null;
interface Sent {
  body?: Record<string, unknown>;
  headers?: object;
  onResponse?: (response: Response) => void;
}
const writes: [string, string, unknown, unknown][] = [];
const onClose = vi.fn();

beforeEach(() => {
  vi.resetAllMocks();
  queryClient.clear();
  [all, orders, refusal] = [[series(3), series(4)], { 3: [1, 2, 9], 4: [] }, null];
  writes.length = 0;
  server.request.mockImplementation((_: unknown, method: string, path: string, { body, headers, onResponse }: Sent) => {
    const [, id, part] = /series\/(\d+)(\/posts)?$/.exec(path) ?? [];
    const one = all.find((each) => each.id === Number(id));
    if (method !== "GET") {
      if (refusal) throw refusal;
      writes.push([method, path, body, headers]);
      if (method === "POST") all = [series(5, body), ...all];
      if (method === "PUT") orders[Number(id)] = body?.["post_ids"] as number[];
    }
    onResponse?.(new Response(null, { headers: { ETag: '"now"' } }));
    if (method === "POST") return Promise.resolve(all[0]);
    if (part) return Promise.resolve({ version: 1, post_ids: orders[Number(id)] });
    return Promise.resolve(one ?? { items: all, next_cursor: null });
  });
});
afterEach(cleanup);

async function show(posts: readonly Post[] = []) {
  const known = [1, 2].map((id) => aPost(id, { title: `Post ${String(id)}` }));
  render(
    <QueryClientProvider client={queryClient}>
      <SeriesDialog
        posts={posts}
        byId={new Map([...known, ...posts].map((post) => [post.id, post]))}
        onClose={onClose}
      />
    </QueryClientProvider>,
  );
  await settled();
}
const hidden = { hidden: true } as const;
const rows = () => screen.queryAllByRole("listitem", hidden).map((row) => row.querySelector("bdi")?.textContent);
const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>("button", { name, ...hidden });
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
const chosen = () => screen.getByRole<HTMLSelectElement>("combobox", hidden);
const type = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const save = async () => {
  fireEvent.submit(button("Save").form ?? document.body);
  await settled();
};

it("shows the series of the posts at hand, in its order", async () => {
  await show([aPost(9, { series_id: 4, title: null })]);
  expect([chosen().value, screen.getByText(/^There are no posts in it yet/).tagName]).toEqual(["4", "P"]);
  fireEvent.change(chosen(), { target: { value: "3" } });
  await settled();
  expect(rows()).toEqual(["Post 1", "Post 2", "Untitled"]);
  expect(screen.getByRole("link", { name: "Its public page", ...hidden }).getAttribute("href")).toBe(
    "https://site/series/3",
  );
  expect(button("Save").disabled).toBe(true);
});

it("saves order, cover and texts, the posts first, over nobody's change", async () => {
  await show([aPost(1, { title: "Post 1" }), aPost(7, { title: "Post 7" })]);
  fireEvent.click(button("Add 1 selected post"));
  fireEvent.click(button("Move “Post 2” up"));
  expect(document.activeElement).toBe(button("Move “Post 2” up"));
  fireEvent.click(button("Move “Post 2” up")); // it is the first
  expect(screen.getByRole("status", hidden).textContent).toBe("“Post 2” is number 1 of 4.");
  fireEvent.click(button("“Post 7” is the cover"));
  fireEvent.click(button("Take “Untitled” out"));
  type("Name", "Lamps");
  expect([rows(), chosen().disabled]).toEqual([["Post 2", "Post 1", "Post 7"], true]);
  await save();
  const headers = { "If-Match": '"now"' };
  expect(writes).toEqual([
    ["PUT", "/api/pmd/series/3/posts", { post_ids: [2, 1, 7] }, headers],
    ["PATCH", "/api/pmd/series/3", { name: "Lamps", cover_post_id: 7 }, headers],
  ]);
  const [ids, change] = server.changed.mock.calls[0] as [Set<number>, (post: Post) => Post];
  expect([...ids].map((id) => change(aPost(id)).series_id)).toEqual([3, 3, 3, null]);
  expect([toast.success.mock.calls, onClose.mock.calls.length]).toEqual([[["“Lamps” is saved."]], 1]);
});

it("says that posts leave the series that they are in", async () => {
  await show([aPost(1, { series_id: 3 }), aPost(7, { series_id: 4 }), aPost(8, { series_id: null })]);
  expect(screen.queryByText(/another series/)).toBe(null);
  fireEvent.click(button("Add 2 selected posts"));
  expect(screen.getByText(/another series/).textContent).toBe("1 post leaves another series.");
});

it("keeps what is edited where the posts cannot be read again, and offers other series where they never were", async () => {
  await show();
  type("Name", "Lamps");
  const answer = server.request.getMockImplementation() as (...all: unknown[]) => unknown;
  const failing = (...all: unknown[]) => {
    if (String(all[2]).endsWith("/posts")) throw new PMDError(400, "Not now.");
    return answer(...all);
  };
  server.request.mockImplementation(failing);
  await queryClient.invalidateQueries({ queryKey: ["desk"] });
  await settled();
  expect([field("Name").value, rows().length]).toEqual(["Lamps", 3]);
  cleanup();
  queryClient.clear();
  await show();
  expect([screen.getByText("Not now.").tagName, chosen().disabled]).toEqual(["P", false]);
});

it("drags a post to another place", async () => {
  await show();
  const [first, , last] = screen.getAllByRole("listitem", hidden);
  if (!first || !last) throw new Error("no rows");
  expect(fireEvent.dragOver(first)).toBe(true); // a file of somebody's desktop
  fireEvent.dragStart(last, { dataTransfer: {} });
  expect(fireEvent.dragOver(first)).toBe(false);
  fireEvent.drop(first);
  fireEvent.dragEnd(last);
  expect(rows()).toEqual(["Untitled", "Post 1", "Post 2"]);
});

it("has no cover of its own once that is taken out", async () => {
  all = [series(3, { cover_post_id: 2 })];
  await show();
  expect(button("“Post 2” is the cover").getAttribute("aria-pressed")).toBe("true");
  fireEvent.click(button("Take “Post 2” out"));
  await save();
  expect(writes.map(([, , body]) => body)).toEqual([{ post_ids: [1, 9] }, { cover_post_id: null }]);
});

it("shows what others have changed meanwhile, and overwrites it only when asked twice", async () => {
  await show();
  fireEvent.click(button("Move “Post 1” down"));
  orders[3] = [9, 2, 1];
  await save();
  expect([writes, within(screen.getByRole("alert", hidden)).getByText(/3 posts/).tagName]).toEqual([[], "BDI"]);
  await save();
  expect(writes.map(([, , body]) => body)).toEqual([{ post_ids: [2, 1, 9] }]);
});

it("makes a series, and says where that is refused", async () => {
  all = [];
  await show([aPost(1)]);
  expect(screen.getByText(/^A series shows posts/).tagName).toBe("P");
  expect(button("Make").disabled).toBe(true);
  type("New series", " Lamps ");
  refusal = new PMDError(409, "There can be 500 series.");
  fireEvent.submit(button("Make").form ?? document.body);
  await settled();
  expect(screen.getByText("There can be 500 series.").tagName).toBe("P");
  refusal = null;
  orders[5] = [];
  fireEvent.submit(button("Make").form ?? document.body);
  await settled();
  expect(writes.map(([, , body]) => body)).toEqual([{ name: "Lamps" }]);
  expect([field("Name").value, field("New series").value]).toEqual(["Lamps", ""]);
  expect(button("Add 1 selected post").disabled).toBe(false);
});

it("is deleted once that is confirmed; its posts stay", async () => {
  await show();
  fireEvent.click(button("Delete the series"));
  expect(screen.getByRole("alertdialog", hidden).textContent).toContain("Its posts and drafts stay.");
  fireEvent.click(within(screen.getByRole("alertdialog", hidden)).getByText("Cancel"));
  expect(screen.queryByRole("alertdialog", hidden)).toBe(null);
  fireEvent.click(button("Delete the series"));
  server.remove.mockRejectedValueOnce(new PMDError(503, "Not now."));
  fireEvent.click(button("Delete the series"));
  await settled();
  expect([screen.getByText("Not now.").tagName, onClose.mock.calls]).toEqual(["P", []]);
  server.remove.mockClear();
  const answer = held();
  server.remove.mockReturnValueOnce(answer.promise);
  fireEvent.click(button("Delete the series"));
  await settled();
  // What has changed is read again, but not the posts of what is being deleted.
  server.request.mockClear();
  await queryClient.invalidateQueries({ queryKey: ["desk"] });
  expect(server.request.mock.calls.map(([, , path]) => path as string)).toEqual(["/api/pmd/series"]);
  answer.go();
  await settled();
  expect([server.remove.mock.calls, server.changed.mock.calls, onClose.mock.calls.length]).toEqual([
    [["/api/pmd/series/3"]],
    [],
    1,
  ]);
});
