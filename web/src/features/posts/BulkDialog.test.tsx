// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import type { ComponentProps } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { BulkFilter } from "../../data/changes/schema";
import type { Post } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { settled } from "../../testing/settled";
import { BulkDialog } from "./BulkDialog";
import type { PostList } from "./usePostList";
import type { View } from "./view";

const who = vi.hoisted(() => ({ moderates: false }));
const service = vi.hoisted(() => ({ requestBulkChange: vi.fn(), usePostCount: vi.fn(), refetch: vi.fn() }));
vi.mock("../../data/config", () => ({
  config: { post_keep_days: 30, viewer: { sqid: "me" }, subject: { sqid: "me", handle: "pixelsmith" } },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("../../data/changes/bulk", () => service);
vi.mock("../../data/ModeratorNote", () => ({ ModeratorNote: () => null }));
vi.mock("./PostPicture", () => ({ PostPicture: () => <i data-testid="picture" /> }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../data/moderation/reports", () => ({ reported: { get: () => new Set() } }));

const LICENSES = [{ id: 5, identifier: "CC0-1.0", title: "No rights reserved", url: null }];
/** How many posts the service finds by a filter, as JSON; else so many as by all others. */
let counts: Record<string, number | undefined | Error>;
let isFetching: boolean;
const on = { onRequested: vi.fn(), onClose: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
  isFetching = false;
  counts = { "": 3 };
  service.usePostCount.mockImplementation((filter: BulkFilter | null) => {
    const found = filter === null ? undefined : counts[filter.visibility ?? filter.license ?? ""];
    const error = found instanceof Error ? found : null;
    return { data: error || found === undefined ? undefined : { total_count: found }, error, isFetching, ...service };
  });
  service.requestBulkChange.mockResolvedValue(undefined);
});
afterEach(cleanup);

type Props = ComponentProps<typeof BulkDialog>;
const noFilters = {
  q: "",
  status: "all",
  format: "",
  tag: "",
  licence: "",
  from: "",
  to: "",
  "min-kb": "",
  "max-kb": "",
};
interface Listed {
  posts?: readonly Post[];
  isComplete?: boolean;
  filters?: Partial<View["filters"]>;
}
function show(
  action: Props["action"],
  { posts = [1, 2, 3].map((id) => aPost(id)), isComplete = true, filters = {} }: Listed = {},
  edit?: Props["edit"],
) {
  const view = { filters: { ...noFilters, ...filters }, state: "active" } as unknown as View;
  const list = { rows: posts, view, isComplete } as unknown as PostList;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <BulkDialog {...{ action, list, licenses: LICENSES, ...on, ...(edit && { edit }) }} />
    </QueryClientProvider>,
  );
  return screen.getByRole("dialog", { hidden: true });
}
const dialog = () => within(screen.getByRole("dialog", { hidden: true }));
const title = () => dialog().getByRole("heading", { level: 2, hidden: true }).textContent;
const button = () =>
  dialog().getAllByRole<HTMLButtonElement>("button", { hidden: true }).at(-1) ?? new HTMLButtonElement();
const said = () => dialog().getByRole("status", { hidden: true }).textContent;
const send = async () => {
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const sent = () => service.requestBulkChange.mock.calls.map(([body]: unknown[]) => body);
const write = (name: string, value: string) => fireEvent.change(dialog().getByLabelText(name), { target: { value } });

it.each([
  ["hide", "Hide 3 posts?", "Hide 3 posts", false],
  ["unhide", "Unhide 3 posts?", "Unhide 3 posts", false],
  ["delete", "Delete 3 posts?", "Delete 3 posts", true],
  ["restore", "Restore 3 posts?", "Restore 3 posts", false],
  ["license", "Set the licence of 3 posts?", "Apply to 3 posts", false],
  ["hashtags", "Change the hashtags of 3 posts?", "Apply to 3 posts", false],
] as const)("says what is done with how many: %s", (action, question, confirm, isDangerous) => {
  show(action);
  expect([title(), button().textContent.trim(), button().classList.contains("danger")]).toEqual([
    ...[question, confirm, isDangerous],
  ]);
});

it("sends what was confirmed, with the number that was seen, and is done", async () => {
  show("hide", { filters: { q: " sea ", status: "visible" } });
  counts = { visible: 12 };
  cleanup();
  show("hide", { filters: { q: " sea ", status: "visible" } });
  expect(title()).toBe("Hide 12 posts?");
  await send();
  expect(sent()).toEqual([
    { action: "hide", filter: { state: "active", q: "sea", visibility: "visible" }, expected_count: 12 },
  ]);
  expect(on.onRequested).toHaveBeenCalledTimes(1);
});

it.each([
  ["until it is counted", undefined, false, "Counting the posts of this filter…"],
  ["where there are none", 0, false, "The service finds no post by this filter."],
  ["where it cannot be counted", new Error("Away."), false, "Away."],
  ["while it is counted again", 3, true, ""],
] as const)("is not to be confirmed %s", (_when, count, fetching, words) => {
  counts = { "": count };
  isFetching = fetching;
  show("hide", { isComplete: false });
  expect([button().disabled, said().trim()]).toEqual([true, words]);
  if (count === undefined) expect([title(), button().textContent.trim()]).toEqual(["Hide posts?", "Hide posts"]);
});

it.each([
  [3, true, false],
  [2, true, true],
  [2, false, false],
])("where the service finds %i of 3 listed, and all are loaded %s: it says so %s", (count, isComplete, is) => {
  counts = { "": count };
  show("restore", { isComplete });
  expect(said().includes("The list shows 3: it also finds text inside words.")).toBe(is);
});

it.each([
  ["hide", false, { hidden: 1 }, "1 is already hidden."],
  ["hide", true, { moderated: 2, hidden: 9 }, "2 are already hidden."],
  ["unhide", false, { visible: 1, moderated: 2 }, "1 is already visible.2 stay hidden: a moderator hid them."],
  ["unhide", true, { visible: 0, hidden: 1 }, "1 stays hidden: its artist hid it."],
  ["delete", false, { hidden: 1, visible: 2, moderated: 3 }, ""],
] as const)("says how many of %s (moderator: %s) stay as they are: %j", (action, moderates, others, words) => {
  who.moderates = moderates;
  counts = { "": 3, ...others };
  show(action);
  expect(said()).toBe(words);
});

it("counts those that stay among what is filtered by visibility", () => {
  counts = { "": 9, hidden: 3, visible: 9, moderated: 9 };
  show("hide", { filters: { status: "hidden" } });
  expect(said()).toBe("3 are already hidden.");
  cleanup();
  show("unhide", { filters: { status: "hidden" } });
  expect(said()).toBe("");
});

it("sets the licence that was chosen, and says which have it already", async () => {
  counts = { "": 3, "CC0-1.0": 1 };
  show("license");
  expect([button().disabled, said()]).toEqual([true, ""]);
  fireEvent.click(dialog().getByLabelText(/No rights reserved/));
  expect([button().disabled, said()]).toEqual([false, "1 is already under this licence."]);
  await send();
  fireEvent.click(dialog().getByLabelText(/all rights reserved/));
  await send();
  expect(sent()).toMatchObject([{ license_id: 5 }, { license_id: null }]);
});

it("says nothing of other licences where the filter names one", () => {
  counts = { "": 3, "CC-BY-4.0": 3, "CC0-1.0": 2 };
  show("license", { filters: { licence: "CC-BY-4.0" } });
  fireEvent.click(dialog().getByLabelText(/No rights reserved/));
  expect(said()).toBe("");
});

it("adds and removes hashtags, and adds what stands in both", async () => {
  show("hashtags");
  expect(button().disabled).toBe(true);
  write("Remove hashtags", "#fog");
  expect(button().disabled).toBe(false);
  write("Add hashtags", "Sea, #sky");
  write("Remove hashtags", "#fog sky");
  await send();
  expect(sent()).toMatchObject([{ add_hashtags: ["sea", "sky"], remove_hashtags: ["fog"] }]);
});

it("begins with the hashtags that were chosen already", () => {
  show("hashtags", {}, { addHashtags: ["sea", "sky"], removeHashtags: ["fog"] });
  const values = ["Add hashtags", "Remove hashtags"].map(
    (name) => dialog().getByLabelText<HTMLInputElement>(name).value,
  );
  expect(values).toEqual(["sea sky", "fog"]);
});

it.each([
  [true, 1, /1 post would have more than 64 hashtags and stays as it is\./],
  [true, 2, /2 posts would have more than 64 hashtags and stay as they are\./],
  [false, 1, null],
])("where all are loaded %s, says that %i would have too many hashtags", (isComplete, full, words) => {
  const hashtags = Array.from({ length: 64 }, (_, index) => `tag${index}`);
  const posts = [1, 2, 3].map((id) => aPost(id, id <= full ? { hashtags } : {}));
  show("hashtags", { posts, isComplete });
  write("Add hashtags", "sea");
  expect(dialog().queryByText(/more than 64 hashtags/)?.textContent ?? null).toEqual(
    words ? expect.stringMatching(words) : null,
  );
});

it("sets details once one is given", async () => {
  show("details");
  expect(button().disabled).toBe(true);
  write("Alt text, where there is none", "A boat");
  await send();
  expect(sent()).toMatchObject([{ action: "details", alt_text: "A boat" }]);
});

it.each([
  ["hide", true, true],
  ["delete", true, true],
  ["unhide", true, false],
  ["hide", false, false],
] as const)("to %s, a moderator (%s) says why: %s", async (action, moderates, asks) => {
  who.moderates = moderates;
  show(action);
  const name = "Reason (the artist can read it)";
  expect([button().disabled, dialog().queryByLabelText(name) !== null]).toEqual([asks, asks]);
  if (asks) write(name, "  ");
  expect(button().disabled).toBe(asks);
  if (asks) write(name, " Spam ");
  expect(button().disabled).toBe(false);
  await send();
  expect((sent()[0] as { reason?: string }).reason).toBe(asks ? "Spam" : undefined);
});

it.each([
  [409, 1],
  [503, 0],
])("counts again after a refusal by %i only where other posts are found: %i", async (status, times) => {
  service.requestBulkChange.mockRejectedValue(new PMDError(status, "Refused."));
  show("hide");
  await send();
  expect([service.refetch.mock.calls.length, dialog().queryByText("Refused.") !== null]).toEqual([times, true]);
  expect(on.onRequested).not.toHaveBeenCalled();
});

it("is sent again under the same key until it has arrived", async () => {
  service.requestBulkChange.mockRejectedValueOnce(new PMDError(503, "Away."));
  show("hide");
  await send();
  await send();
  const keys = service.requestBulkChange.mock.calls.map((call: unknown[]) => call[1]);
  expect([keys.length, keys[0] === keys[1], typeof keys[0]]).toEqual([2, true, "string"]);
});

it.each([
  ["delete", true],
  ["hide", false],
] as const)("to %s says what becomes of deleted posts: %s", (action, says) => {
  expect(show(action).textContent.includes("from the trash for 30 days.")).toBe(says);
});
