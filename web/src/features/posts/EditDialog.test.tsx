// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Post } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { settled } from "../../testing/settled";
import { StaleError } from "../../ui/edits";
import { EditDialog } from "./EditDialog";

const writeSeen = vi.hoisted(() => vi.fn());
vi.mock("../../data/seen", () => ({ writeSeen }));
vi.mock("../../data/config", () => ({ config: { subject: { handle: "pixelsmith" } }, moderates: false }));
vi.mock("./PostPicture", () => ({ PostPicture: () => null }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));

const on = { onApply: vi.fn(), onTitles: vi.fn(), onClose: vi.fn() };
type Write = (now: object, options: { headers?: Record<string, string> }) => Promise<string | undefined>;
beforeEach(() => {
  vi.resetAllMocks();
  writeSeen.mockImplementation((_thing: object, _edit: object, write: Write) =>
    write({}, { headers: { "If-Match": '"7"' } }),
  );
});
afterEach(cleanup);
const SEA = aPost(1, { title: "Sea", description: "Blue.", hashtags: ["sea", "Sky"], content_warnings: ["Flashing"] });
function show(posts: readonly Post[] = [SEA], isWhole = false) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <EditDialog {...{ posts, isWhole, ...on }} />
    </QueryClientProvider>,
  );
}
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: /^Apply to/, hidden: true });
const field = (name: string | RegExp) => screen.getByLabelText<HTMLInputElement>(name);
const write = (name: string | RegExp, value: string) => fireEvent.change(field(name), { target: { value } });
const press = (name: string) => fireEvent.click(screen.getByRole("button", { name, hidden: true }));
const send = async () => {
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const NO_TAGS = { addHashtags: [], removeHashtags: [] };

it("has what the post says, and nothing to apply until something else is said", () => {
  show();
  expect([field("Title").value, field("Description").value]).toEqual(["Sea", "Blue."]);
  expect([screen.queryByText("Edit 1 post") !== null, button().disabled]).toEqual([true, true]);
  write("Title", " Sea ");
  expect([field("Title").value, button().disabled]).toEqual([" Sea ", true]);
  write("Title", "Lake");
  expect([button().disabled, field("Title").maxLength, field("Title").required]).toEqual([false, 128, true]);
  expect([field("Description").maxLength, field("Alt text").maxLength]).toEqual([5000, 1500]);
});

it.each([
  ["Title", " Lake ", { title: "Lake" }],
  ["Description", "Green. ", { description: "Green." }],
  ["Description", "", { description: "" }],
  ["Alt text", " Waves ", { details: { alt_text: "Waves" } }],
  ["Add hashtags", "#Lake, sea", { addHashtags: ["lake"] }],
])("%s: %j is applied", async (name, text, edit) => {
  show();
  write(name, text);
  await send();
  expect(on.onApply.mock.calls).toEqual([[{ ...NO_TAGS, ...edit }, '"7"']]);
  expect(on.onTitles).not.toHaveBeenCalled();
});

it("looks up the post as it was seen, and applies the edit upon that", async () => {
  show();
  write("Title", "Lake");
  press("Blood");
  press("Flashing");
  await send();
  const [[thing, edit]] = writeSeen.mock.calls as [[{ url: string }, object]];
  expect([thing.url, edit]).toEqual([
    "/api/pmd/posts/1",
    { seen: { title: "Sea", content_warnings: ["Flashing"] }, to: { title: "Lake", content_warnings: ["Blood"] } },
  ]);
  expect(on.onApply.mock.calls).toEqual([
    [{ ...NO_TAGS, title: "Lake", details: { content_warnings: ["Blood"] } }, '"7"'],
  ]);
});

it("applies nothing over what others have written meanwhile, until it is sent once more", async () => {
  const now = { ...SEA, title: "Ocean", ai_opt_out: true };
  writeSeen.mockRejectedValueOnce(new StaleError(now, ["title", "ai_opt_out"]));
  show();
  write("Title", "Lake");
  fireEvent.change(field("Not for training AI"), { target: { value: "no" } });
  await send();
  expect([on.onApply.mock.calls, screen.queryByText("Ocean") !== null]).toEqual([[], true]);
  const theirs = within(screen.getByRole("alert", { hidden: true }));
  expect(theirs.getAllByRole("listitem", { hidden: true }).map(({ textContent: text }) => text)).toEqual([
    "Title: Ocean Take theirs Title",
    "Not for training AI: Yes Take theirs Not for training AI",
  ]);
  await send();
  expect(on.onApply.mock.calls).toEqual([[{ ...NO_TAGS, title: "Lake", details: { ai_opt_out: false } }, '"7"']]);
});

it.each([
  [{ description: "Deep.", alt_text: null }, ["Description: Deep.", "Alt text: empty"]],
  [{ content_warnings: ["Blood", "Nudity"], ai_disclosure: null }, ["Warnings: Blood, Nudity", "Use of AI: Not said"]],
])("says what is there now: %j", async (now, words) => {
  writeSeen.mockRejectedValueOnce(new StaleError({ ...SEA, ...now }, Object.keys(now)));
  show();
  write("Title", "Lake");
  await send();
  const shown = [...document.querySelectorAll(".theirs .grow")].map(({ textContent: text }) => text);
  expect(shown).toEqual(words);
});

it.each([
  ["Use of AI", "generated", { ai_disclosure: "generated" }],
  ["Use of AI", "unsaid", null],
  ["Not for training AI", "yes", { ai_opt_out: true }],
  ["Not for training AI", "default", null],
])("%s: %s", async (name, value, details) => {
  show();
  fireEvent.change(field(name), { target: { value } });
  expect(button().disabled).toBe(details === null);
  await send();
  expect(on.onApply.mock.calls[0]?.[0]).toEqual({ ...NO_TAGS, ...(details && { details }) });
});

it("takes hashtags away that are pressed, and not those that are pressed again", async () => {
  show();
  for (const tag of ["#sea", "#sky", "#sky"]) fireEvent.click(field(tag));
  expect([field("#sea").checked, field("#sky").checked]).toEqual([true, false]);
  expect(field("#sea").closest("label")?.textContent).toBe("#sea ");
  await send();
  expect(on.onApply.mock.calls[0]?.[0]).toEqual({ addHashtags: [], removeHashtags: ["sea"] });
});

const MANY = [SEA, aPost(2, { hashtags: ["sea"], ai_disclosure: "none" })];

it("of many it changes hashtags, what they warn of and what is said about AI", async () => {
  show(MANY);
  expect([screen.queryByLabelText("Title"), screen.queryByLabelText("Alt text")]).toEqual([null, null]);
  expect(field("#sea 2").checked).toBe(false);
  write("Add hashtags", "sea lake");
  press("Blood");
  await send();
  expect(on.onApply.mock.calls).toEqual([
    [{ addHashtags: ["lake"], removeHashtags: [], details: { content_warnings: ["Blood"] } }, undefined],
  ]);
  expect(writeSeen).not.toHaveBeenCalled();
});

it.each([
  [MANY, true, "", ""],
  [[SEA, { ...SEA, id: 2 }], false, "unsaid", "default"],
  [[SEA, { ...SEA, id: 2, ai_opt_out: false, ai_disclosure: "assisted" as const }], false, "", ""],
])("many that differ stay as they are until something is chosen %#", (posts, differ, disclosure, optOut) => {
  show(posts);
  expect(screen.queryByText(/^They differ now/) !== null).toBe(differ);
  const pressed = screen.getByRole("button", { name: "Flashing", hidden: true }).getAttribute("aria-pressed");
  expect(pressed).toBe(String(!differ));
  if (posts !== MANY)
    expect([field("Use of AI").value, field("Not for training AI").value]).toEqual([disclosure, optOut]);
  const unchanged = [...document.querySelectorAll("option")].filter(({ textContent: text }) => text === "Unchanged");
  expect(unchanged.length).toBe(
    [field("Use of AI"), field("Not for training AI")].filter((each) => !each.value).length,
  );
});

it("of a whole filter it changes hashtags alone", () => {
  show(MANY, true);
  expect([screen.queryByLabelText("Use of AI"), field("Add hashtags").disabled]).toEqual([null, false]);
});

it("titles many by a pattern, and then changes nothing else", async () => {
  show(MANY);
  expect(screen.queryByText(/^\{n\} is the position in the list/)).not.toBeNull();
  write(/^Title pattern/, "Wave {n}");
  expect(screen.queryByText("2 titles: Wave 1 … Wave 2")).not.toBeNull();
  expect([field("Add hashtags").disabled, field("Use of AI").closest("fieldset")?.disabled]).toEqual([true, true]);
  write(/^Title pattern/, "Sea");
  expect(screen.queryByText("1 title: Sea")).not.toBeNull();
  await send();
  expect([on.onTitles.mock.calls, on.onApply.mock.calls]).toEqual([[[[{ post: MANY[1], title: "Sea" }]]], []]);
});

it("refuses more hashtags than a post may have", () => {
  show([aPost(1, { hashtags: Array.from({ length: 64 }, (_, index) => `tag${String(index)}`) })]);
  expect(document.querySelectorAll(".tag-choices label")).toHaveLength(40);
  write("Add hashtags", "one");
  expect([screen.queryByText("1 post would have more than 64 hashtags.") !== null, button().disabled]).toEqual([
    ...[true, true],
  ]);
  fireEvent.click(field("#tag0"));
  expect([screen.queryByText(/more than 64/), button().disabled]).toEqual([null, false]);
});
