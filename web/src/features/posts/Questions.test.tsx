// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ComponentProps } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { aPost } from "../../testing/posts";
import { settled } from "../../testing/settled";
import { Questions, type Question } from "./Questions";

type Props = ComponentProps<typeof Questions>;
type Asked = Record<string, (...values: unknown[]) => void>;
const drawn: { name: string; props: Asked } = vi.hoisted(() => ({ name: "", props: {} }));
const hides = vi.hoisted(() => ({ sendAnswer: vi.fn(), success: vi.fn() }));
const dialog = vi.hoisted(() => (name: string) => ({
  [name]: (props: Asked) => {
    Object.assign(drawn, { name, props });
    return null;
  },
}));
vi.mock("./BulkDialog", () => dialog("BulkDialog"));
vi.mock("./DownloadDialog", () => dialog("DownloadDialog"));
vi.mock("./EditDialog", () => dialog("EditDialog"));
vi.mock("./PostsDialog", () => ({
  ...dialog("LicenseDialog"),
  ...dialog("PasteDialog"),
  ...dialog("ReasonDialog"),
}));
vi.mock("./SeriesDialog", () => dialog("SeriesDialog"));
vi.mock("./VersionsDialog", () => dialog("VersionsDialog"));
vi.mock("../../data/hides", () => ({ sendAnswer: hides.sendAnswer }));
vi.mock("../../data/ModeratorNote", () => ({ ModeratorNote: () => null }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast: { success: hides.success } }));

const POSTS = [aPost(1), aPost(2)];
const HIDE = { post_id: 1, reason: "Not yours.", moderator_handle: "nightwatch", answer: null };
const changes = { startSteps: vi.fn(), setQuestion: vi.fn(), closeQuestion: vi.fn() };
const on = { onSelect: vi.fn(), onRequested: vi.fn(), onStarted: vi.fn() };
const allowance = { left: 3, limit: 5, resetsAt: "" };
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(drawn, { name: "", props: {} });
});
afterEach(cleanup);

function ask(question: Partial<Question>, part: Record<string, unknown> = {}, hide: object = HIDE) {
  const known = { ...changes, licenses: ["a licence"], hides: new Map([[1, hide]]) };
  const props: object = { question: { posts: POSTS, ...question }, changes: known, list: "the list", ...on };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Questions
        {...({ ...props, selected: [], isWhole: false, outsideFilter: 4, allowance, ...part } as unknown as Props)}
      />
    </QueryClientProvider>,
  );
  return drawn.props;
}
/** Closed first: what is closed gives the focus back, and the list takes it then. */
const isStarted = () => {
  const [closed, started] = [changes.closeQuestion, on.onStarted].map((each) => each.mock.invocationCallOrder);
  return closed?.length === 1 && started?.length === 1 && Number(closed[0]) < Number(started[0]);
};
const step = (change: object, ids: readonly number[] = [1, 2]) => ({ change, ids });

it.each([
  ["hide", "ReasonDialog", "onConfirm", ["It is late."], { kind: "hide", reason: "It is late." }],
  ["delete", "ReasonDialog", "onConfirm", ["It is late."], { kind: "delete", reason: "It is late." }],
  ["delete", "ReasonDialog", "onConfirm", [""], { kind: "delete" }],
  ["license", "LicenseDialog", "onApply", [null], { kind: "license", license: null }],
  ["edit", "EditDialog", "onApply", [{ title: "Sea" }], { kind: "edit", edit: { title: "Sea" } }],
] as const)("%s is asked by %s, and begins with what it gives", (about, name, gives, values, change) => {
  const props = ask({ about });
  expect([drawn.name, props["posts"], props["onClose"]]).toEqual([name, POSTS, changes.closeQuestion]);
  props[gives]?.(...values);
  expect([changes.startSteps.mock.calls, isStarted()]).toEqual([[[[step(change)]]], true]);
  expect(on.onRequested).not.toHaveBeenCalled();
});

it("an edit of what was seen carries what was seen", () => {
  ask({ about: "edit" })["onApply"]?.({ title: "Sea" }, '"7"');
  expect(changes.startSteps.mock.calls).toEqual([
    [[{ ...step({ kind: "edit", edit: { title: "Sea" } }), seen: '"7"' }]],
  ]);
});

it.each([
  ["hide", "Hide"],
  ["delete", "Delete"],
] as const)("%s says what it does", (about, verb) => {
  expect(ask({ about })["verb"]).toBe(verb);
});

it("counts what is outside the filter of the selection alone", () => {
  expect(ask({ about: "delete" }, { selected: POSTS })["outsideFilter"]).toBe(4);
  expect(ask({ about: "delete" }, { selected: [...POSTS] })["outsideFilter"]).toBe(0);
});

it("hashtags of a whole filter are asked once more, for the service to change", () => {
  const edit = { addHashtags: ["sea"], removeHashtags: [] };
  const props = ask({ about: "edit" }, { isWhole: true });
  expect(props["isWhole"]).toBe(true);
  props["onApply"]?.(edit);
  expect(changes.setQuestion.mock.calls).toEqual([
    [{ about: "edit", posts: POSTS, bulk: { action: "hashtags", edit } }],
  ]);
  expect([changes.startSteps.mock.calls, on.onStarted.mock.calls]).toEqual([[], []]);
});

it.each([
  ["edit", "onTitles", [{ post: POSTS[1], title: "Sea" }], { title: "Sea" }],
  ["paste", "onApply", [{ post: POSTS[1], edit: { description: "Blue." } }], { description: "Blue." }],
] as const)("each text of %s is a step of its own", (about, gives, texts, part) => {
  ask({ about })[gives]?.(texts);
  const edit = { ...part, addHashtags: [], removeHashtags: [] };
  expect([changes.startSteps.mock.calls, isStarted()]).toEqual([[[[step({ kind: "edit", edit }, [2])]]], true]);
});

it.each([
  [{ field: "description", texts: ["a", "b"] }, ["description", ["a", "b"]]],
  [{}, ["title", []]],
] as const)("pastes %j", (part, [field, texts]) => {
  const props = ask({ about: "paste", ...part });
  expect([drawn.name, props["field"], props["texts"]]).toEqual(["PasteDialog", field, texts]);
});

it("a download that is too large keeps the first, and is asked about those", () => {
  const props = ask({ about: "download" });
  expect([drawn.name, props["allowance"]]).toEqual(["DownloadDialog", allowance]);
  props["onKeep"]?.([POSTS[0]]);
  expect(on.onSelect.mock.calls).toEqual([[[POSTS[0]]]]);
  expect(changes.setQuestion.mock.calls).toEqual([[{ about: "download", posts: [POSTS[0]] }]]);
  props["onRequested"]?.();
  const calls = [changes.closeQuestion, on.onRequested, on.onStarted].map((each) => each.mock.calls.length);
  expect(calls).toEqual([1, 1, 0]);
});

it("what the service changes of a whole filter is shown once it is requested", () => {
  const props = ask({ about: "edit", bulk: { action: "hide" } });
  expect([drawn.name, props["action"], props["list"], props["licenses"]]).toEqual([
    ...["BulkDialog", "hide", "the list", ["a licence"]],
  ]);
  props["onRequested"]?.();
  expect([isStarted(), on.onRequested.mock.calls.length]).toEqual([true, 1]);
});

it("shows series with no post at hand, too", () => {
  const asked = ask({ about: "series", posts: [] }, { list: { byId: "all" } });
  expect([drawn.name, asked]).toEqual(["SeriesDialog", { posts: [], byId: "all", onClose: changes.closeQuestion }]);
});

it("replaces the picture of one post, and of none asks nothing", () => {
  expect(ask({ about: "versions" })["post"]).toBe(POSTS[0]);
  Object.assign(drawn, { name: "", props: {} });
  ask({ about: "versions", posts: [] });
  ask({ about: "answer", posts: [] });
  ask({ about: "answer", posts: [aPost(2)] });
  expect([drawn.name, screen.queryByRole("dialog", { hidden: true })]).toEqual(["", null]);
});

it.each([
  ["nightwatch", "@nightwatch", "@nightwatch will get your answer by e-mail."],
  [null, "A moderator", "The moderator will get your answer by e-mail."],
])("a reason of %s is answered", async (moderator_handle, by, thanks) => {
  ask({ about: "answer", posts: [aPost(1, { title: null })] }, {}, { ...HIDE, moderator_handle });
  expect(screen.queryByText(`${by}: “Not yours.”`)).not.toBeNull();
  expect(screen.queryByText("Reply about “Untitled”")).not.toBeNull();
  const field = screen.getByLabelText<HTMLTextAreaElement>(/^Your answer/);
  const button = screen.getByRole<HTMLButtonElement>("button", { name: /^Send/, hidden: true });
  fireEvent.change(field, { target: { value: "  " } });
  expect([button.disabled, field.maxLength]).toEqual([true, 500]);
  fireEvent.change(field, { target: { value: " They are. " } });
  expect(button.disabled).toBe(false);
  fireEvent.submit(field.form ?? document.body);
  await settled();
  expect([hides.sendAnswer.mock.calls, hides.success.mock.calls]).toEqual([[[1, "They are."]], [[thanks]]]);
  expect(changes.closeQuestion).toHaveBeenCalledTimes(1);
});
