// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { aPost } from "../../testing/posts";
import { settled } from "../../testing/settled";
import { DeletedPosts, LicenseDialog, PasteDialog, PostsDialog, ReasonDialog } from "./PostsDialog";

const who: { moderates: boolean; days: number | null } = vi.hoisted(() => ({ moderates: false, days: 30 }));
vi.mock("../../data/config", () => ({
  config: {
    ...{ site_name: "Pixels", subject: { handle: "pixelsmith" } },
    get post_keep_days() {
      return who.days;
    },
  },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("./PostPicture", () => ({ PostPicture: () => <i data-testid="picture" /> }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));

const on = { onConfirm: vi.fn(), onApply: vi.fn(), onClose: vi.fn(), onSubmit: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(who, { moderates: false, days: 30 });
});
afterEach(cleanup);
const show = (element: ReactNode) =>
  render(<QueryClientProvider client={new QueryClient()}>{element}</QueryClientProvider>);
const title = () => screen.getByRole("heading", { level: 2, hidden: true }).textContent;
const button = () =>
  screen.getAllByRole<HTMLButtonElement>("button", { hidden: true }).at(-1) ?? new HTMLButtonElement();
const send = async () => {
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const postsOf = (count: number) => Array.from({ length: count }, (_, index) => aPost(index + 1));

it.each([
  [8, undefined, 8, null],
  [9, undefined, 8, "+1"],
  [2, 1300, 2, "+1,292"],
])("%i posts, of %s in all, are shown by %i pictures and %s", (shown, count, pictures, more) => {
  show(
    <PostsDialog
      {...{ title: "These", icon: Check, confirm: "Do it", onSubmit: on.onSubmit, onClose: on.onClose }}
      posts={postsOf(shown)}
      {...(count && { count })}
    >
      <p>What is asked</p>
    </PostsDialog>,
  );
  const strip = document.querySelector(".strip");
  expect([screen.getAllByTestId("picture").length, strip?.querySelector("span")?.textContent ?? null]).toEqual([
    ...[pictures, more],
  ]);
  expect([title(), screen.queryByText("What is asked") !== null]).toEqual(["These", true]);
});

const reasonFor = (verb: "Hide" | "Delete", count = 2, outsideFilter?: number) =>
  show(
    <ReasonDialog
      {...{ verb, ...on }}
      posts={postsOf(count)}
      {...(outsideFilter !== undefined && { outsideFilter })}
    />,
  );

it.each([
  ["Hide", 1, "Hide 1 post", false],
  ["Delete", 2, "Delete 2 posts", true],
] as const)("asks before it is done: %s %i", async (verb, count, words, isDangerous) => {
  reasonFor(verb, count);
  expect([title(), button().textContent.trim(), button().classList.contains("danger")]).toEqual([
    ...[`${words}?`, words, isDangerous],
  ]);
  expect(screen.queryByText(/They disappear from Pixels immediately/) !== null).toBe(isDangerous);
  expect([screen.queryByLabelText(/^Reason/), button().disabled]).toEqual([null, false]);
  await send();
  expect(on.onConfirm.mock.calls).toEqual([[""]]);
});

it("wants a moderator's reason, which the artist can read", async () => {
  who.moderates = true;
  reasonFor("Hide");
  const field = screen.getByLabelText<HTMLTextAreaElement>("Reason (the artist can read it)");
  expect([button().disabled, field.required, field.maxLength]).toEqual([true, true, 500]);
  expect(screen.queryByText(/These are the posts of/)).not.toBeNull();
  fireEvent.change(field, { target: { value: "  " } });
  expect(button().disabled).toBe(true);
  fireEvent.change(field, { target: { value: " Not yours. " } });
  expect([button().disabled, field.value]).toEqual([false, " Not yours. "]);
  await send();
  expect(on.onConfirm.mock.calls).toEqual([["Not yours."]]);
});

it.each([
  [undefined, null],
  [0, null],
  [1, "1 of them is outside the current filter."],
  [2, "2 of them are outside the current filter."],
])("says how many of them are not to be seen: %s", (outside, words) => {
  reasonFor("Delete", 3, outside);
  expect(document.querySelector(".wait")?.textContent ?? null).toBe(words);
});

it.each([
  [null, "restore them from the trash."],
  [1, "restore them from the trash for 1 day."],
  [30, "restore them from the trash for 30 days."],
])("deleted posts are kept for %s days", (days, words) => {
  who.days = days;
  show(<DeletedPosts />);
  expect(screen.getByText(/They disappear/).textContent).toContain(words);
});

const LICENSES = [
  { id: 5, identifier: "CC0-1.0", title: "No rights reserved", url: null },
  { id: 6, identifier: "CC-BY-4.0", title: "Attribution", url: null },
];
const licensed = (identifiers: readonly (string | null)[], licenses = LICENSES) =>
  show(
    <LicenseDialog
      posts={identifiers.map((license_identifier, index) => aPost(index + 1, { license_identifier }))}
      {...{ licenses, ...on }}
    />,
  );
const chosen = () =>
  screen.getAllByRole<HTMLInputElement>("radio", { hidden: true }).findIndex(({ checked }) => checked);

it.each([
  [["CC0-1.0"], 0, [LICENSES[0]]],
  [["CC-BY-4.0", "CC-BY-4.0"], 1, [LICENSES[1]]],
  [[null, null], 2, [null]],
])("of posts under %j the licence they have is chosen", async (identifiers, index, applied) => {
  licensed(identifiers);
  expect([chosen(), button().disabled]).toEqual([index, false]);
  await send();
  expect(on.onApply.mock.calls).toEqual([applied]);
});

it("has no licence chosen where they differ, and applies the one that is", async () => {
  licensed(["CC0-1.0", null]);
  const words = [title(), button().textContent.trim(), chosen(), button().disabled];
  expect(words).toEqual(["Licence of 2 posts", "Apply to 2 posts", -1, true]);
  fireEvent.click(screen.getByLabelText(/Attribution/));
  expect([chosen(), button().disabled]).toEqual([1, false]);
  await send();
  expect(on.onApply.mock.calls).toEqual([[LICENSES[1]]]);
});

it.each([
  ["the licences are not known yet", []],
  ["theirs is not one of the site's any more", LICENSES],
])("takes no licence away where %s", (_, licenses) => {
  licensed(["CC-BY-3.0"], licenses);
  expect([chosen(), button().disabled]).toEqual([-1, true]);
  fireEvent.click(screen.getByLabelText(/No licence: all rights reserved/));
  expect([chosen(), button().disabled]).toEqual([licenses.length, false]);
});

const pasted = (field: "title" | "description", texts: readonly string[], posts = postsOf(texts.length)) =>
  show(<PasteDialog {...{ posts, field, texts, ...on }} />);

it.each([
  ["title", ["One", "Artwork 2"], "Change the title of 1 post?", "Change 1 title", [{ title: "One" }]],
  [
    ...(["description", ["A", "B"], "Change the description of 2 posts?", "Change 2 descriptions"] as const),
    [{ description: "A" }, { description: "B" }],
  ],
] as const)("pastes each %s into its post, and what differs only", async (field, texts, question, confirm, edits) => {
  pasted(field, texts);
  expect([title(), button().textContent.trim()]).toEqual([question, confirm]);
  await send();
  const [[applied]] = on.onApply.mock.calls as [[{ post: { id: number }; edit: object }[]]];
  expect(applied.map(({ post, edit }) => [post.id, edit])).toEqual(edits.map((edit, index) => [index + 1, edit]));
});

it.each([
  ["title", 128],
  ["description", 5000],
] as const)("a %s that is pasted is cut to %i characters", async (field, most) => {
  pasted(field, ["x".repeat(most + 1)]);
  await send();
  const [[[only]]] = on.onApply.mock.calls as [[[{ edit: Record<string, string> }]]];
  expect(only.edit[field]).toHaveLength(most);
});

it("shows a few of the pairs, and cannot be sent where nothing would change", () => {
  pasted("title", ["1", "2", "3", "4", "5", "6", "7"]);
  const pairs = screen.getAllByRole("listitem", { hidden: true }).map(({ textContent: text }) => text);
  expect([pairs.length, pairs[0], screen.queryByText("and 1 more") !== null]).toEqual([6, "Artwork 11", true]);
  cleanup();
  pasted("description", ["1", "2", "3", "4", "5", "6"]);
  expect([screen.queryByText(/more$/), screen.getAllByText("–").length]).toEqual([null, 6]);
  cleanup();
  pasted("title", ["Artwork 1"]);
  expect(button().disabled).toBe(true);
});
