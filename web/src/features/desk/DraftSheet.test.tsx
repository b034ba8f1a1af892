// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { usualRule } from "../../data/publishing/rule";
import { draftOf } from "../../testing/drafts";
import { DeskPhone } from "./DeskPhone";
import type { Calendar, Draft } from "./schema";
import type { Entry } from "./sheet";

type Day = Calendar["days"][number];
const calendar = vi.hoisted((): { days: Partial<Day>[] | null; use: ReturnType<typeof vi.fn> } => ({
  ...{ days: null, use: vi.fn() },
}));
vi.mock("../../commands/list/useRows", () => ({
  useRows: ({ count }: { count: number }) => ({
    getTotalSize: () => count * 101,
    getVirtualItems: () => Array.from({ length: count + 1 }, (_, index) => ({ index, start: index * 101 })),
  }),
}));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => <i data-art /> }));
vi.mock("../../data/assets/SmallPreview", () => ({ SmallPreview: ({ asset }: { asset: { id: number } }) => <i data-asset={asset.id} /> })); // prettier-ignore
vi.mock("../../data/publishing/rule", () => ({ usualRule: { is_on: true } }));
const back = vi.hoisted(() => ({ close: (): void => undefined }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: (close: () => void) => (back.close = close) }));
vi.mock("./useQueue", () => ({ useCalendar: calendar.use }));

const does = { onDay: vi.fn(), onTheirs: vi.fn(), onPost: vi.fn(), onStrip: vi.fn(), onSchedule: vi.fn() };
const writing = { writeTexts: vi.fn(), setWarnings: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  calendar.days = null;
  calendar.use.mockImplementation(() => calendar.days && { days: calendar.days });
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const NAMES = { licences: [{ id: 4, identifier: "CC0-1.0" }], series: [{ id: 7, name: "Sea" }] };
const FILE = { name: "a.png" } as Draft["file"];
const problem = (code: string, is_blocking = true) => ({ code, message: `The service: ${code}.`, is_blocking }) as Draft["problems"][number]; // prettier-ignore
type Props = Parameters<typeof DeskPhone>[0];
let again: (drafts: readonly Partial<Draft>[]) => void;
function show(drafts: readonly Partial<Draft>[], part: Partial<Props> = {}, unsaved: object = {}) {
  const { rerender } = render(drawn(drafts, part, unsaved));
  again = (now) => rerender(drawn(now, part, unsaved));
}
function drawn(drafts: readonly Partial<Draft>[], part: Partial<Props>, unsaved: object) {
  const rows = drafts.map(
    (draft, index) =>
      ({ shown: draftOf({ id: index + 1, ...draft }), faults: {}, theirs: {}, ...unsaved }) as unknown as Entry,
  );
  const props = { tab: "drafts", rows, names: NAMES, zone: "UTC", today: "2026-01-28", plan: new Map(), rule: usualRule } as const; // prettier-ignore
  const all: Props = { ...props, isReadOnly: false, writing: writing as unknown as Props["writing"], ...does, ...part };
  return <DeskPhone {...all} />;
}
const cards = () => [...document.querySelectorAll<HTMLElement>(".desk-card")];
const open = (index = 0) => fireEvent.click(cards()[index]?.querySelector("button") ?? document.body);
const sheet = () => document.querySelector<HTMLElement>("dialog") ?? document.createElement("dialog");
const inSheet = (name: string | RegExp) => within(sheet()).getAllByRole<HTMLButtonElement>("button", { name, hidden: true }); // prettier-ignore
const place = () => sheet().querySelector(".desk-sheet-head .muted")?.textContent;
const field = (label: string) => within(sheet()).getByLabelText<HTMLInputElement>(label);

it("shows the week from today: what goes out, what is free, and nothing of plans", () => {
  const entry = (part: object) => ({ status: "scheduled", asset_id: 9, ...part }) as Day["entries"][number];
  calendar.days = [
    { day: "2026-01-28", entries: [entry({ status: "draft" }), entry({})], free_at: [] },
    { day: "2026-01-29", entries: [entry({ status: "draft" })], free_at: ["18:00"] },
    { day: "2026-01-30", entries: [entry({ asset_id: null })], free_at: ["18:00"] },
    { day: "2026-01-31", entries: [], free_at: [] },
  ];
  show([]);
  const days = [...document.querySelectorAll<HTMLElement>(".desk-week > li")].map((day) => [
    ...[day.textContent, day.dataset["now"], day.dataset["off"]],
    day.querySelector<HTMLElement>("[data-asset]")?.dataset["asset"] ??
      day.querySelector("[role=img]")?.getAttribute("aria-label"),
  ]);
  expect([days.length, calendar.use.mock.lastCall]).toEqual([7, ["2026-01-28"]]);
  expect(days.slice(0, 4)).toEqual([
    ["Wed 28", "true", "false", "9"],
    ["Thu 29", "false", "false", "free"],
    ["Fri 30", "false", "false", "free"],
    ["Sat 31", "false", "true", undefined],
  ]);
});

it.each([
  ["drafts", 1, "1 draft has something to do"],
  ["drafts", 2, "2 drafts have something to do"],
  ["drafts", 0, undefined],
  ["scheduled", 2, undefined],
] as const)("says of %s that %i have something to do: %s", (tab, count, words) => {
  show(
    Array.from({ length: 3 }, (_, index) => ({ problems: [problem("no_title", index < count)] })),
    { tab },
  );
  expect(document.querySelector(".desk-due .grow")?.textContent).toBe(words);
});

it("shows those alone that have something to do, and all again", () => {
  show([{ title: "Ready" }, { title: "Not", problems: [problem("no_license")] }]);
  const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
  press("Show them");
  expect([cards().length, cards()[0]?.textContent]).toEqual([1, "Not No licence."]);
  press("Show all");
  expect(cards().length).toBe(2);
});

const AT = "2026-01-30T18:05:00Z";
it.each([
  ["ready", {}, undefined, "Ready "],
  ["planned", {}, AT, "Ready → Fri 30 Jan, 18:05"],
  ["not ready", { problems: [problem("no_alt_text", false), problem("no_title")] }, AT, " No title."],
  ["scheduled", { status: "scheduled", due_at: AT, problems: [problem("no_title")] }, undefined, "Fri 30 Jan, 18:05"],
  ["published", { status: "published", published_at: AT, due_at: "2026-01-02T00:00:00Z" }, undefined, "Fri 30 Jan, 18:05"], // prettier-ignore
  ["failed", { status: "failed", reason: "It is gone.", due_at: AT }, undefined, "It is gone."],
  ["warned of", { content_warnings: ["Blood", "Loud"] }, undefined, "Ready BloodLoud"],
] as [string, Partial<Draft>, string | undefined, string][])(
  "says how a draft stands: %s",
  (_what, part, planned, words) => {
    show([{ title: "Sea", hashtags: ["a"], file: FILE, ...part }], { plan: new Map(planned ? [[1, planned]] : []) });
    expect(cards()[0]?.textContent).toBe(`Sea#a${words}`);
    const mark = cards()[0]?.querySelector<HTMLElement>(".state-mark")?.dataset["state"];
    expect(mark ?? null).toBe(/gone|No title/.test(words) ? null : part.status === "published" ? "approved" : "new");
    expect(cards()[0]?.querySelector("[data-art]") !== null).toBe(true);
  },
);

it.each([
  ["draft", "2 of 3 drafts"],
  ["published", "2 of 3 posts"],
] as const)("opens a %s with its place, and goes round by its steps", (status, words) => {
  show([{ title: "A", status }, { title: "B", status, file: FILE }, { title: "C", status }]); // prettier-ignore
  open(1);
  expect([place(), sheet().getAttribute("aria-label"), sheet().querySelector("strong")?.textContent]).toEqual([
    words,
    "B",
    "a.png",
  ]);
  fireEvent.click(inSheet("Next draft")[0] ?? document.body);
  fireEvent.click(inSheet("Next draft")[1] ?? document.body);
  expect([place()?.slice(0, 1), sheet().getAttribute("aria-label"), sheet().querySelector("strong")?.textContent]).toEqual(["1", "A", "A"]); // prettier-ignore
  fireEvent.click(inSheet("Previous draft")[0] ?? document.body);
  expect(sheet().getAttribute("aria-label")).toBe("C");
});

it("says what is to do in the service's words, and removes a place", () => {
  show([{ problems: [problem("discloses_place"), problem("no_title"), problem("no_alt_text", false)] }]);
  open();
  expect([...sheet().querySelectorAll("p.wait .grow")].map((each) => each.textContent)).toEqual([
    ...["The service: discloses_place.", "The service: no_title."],
  ]);
  const [remove] = inSheet("Remove");
  fireEvent.click(remove ?? document.body);
  expect([does.onStrip.mock.calls, inSheet("Remove").length]).toEqual([[[1]], 1]);
});

it("saves each field when it is left changed, and takes no more than the service", () => {
  const texts = { title: "T", description: "D", hashtags: ["h"], alt_text: "A", series_id: 7 };
  show([texts]);
  open();
  const before = Object.values(texts);
  const labels = ["Title", "Text", "Hashtags", "Alt text", "Series"];
  expect(labels.map((label) => [field(label).value, field(label).maxLength])).toEqual([["T", 200], ["D", 5000], ["#h", -1], ["A", 1500], ["Sea", -1]]); // prettier-ignore
  for (const label of labels) fireEvent.blur(field(label));
  expect(writing.writeTexts).not.toHaveBeenCalled();
  for (const label of labels) {
    fireEvent.change(field(label), { target: { value: "New" } });
    fireEvent.blur(field(label));
  }
  const names = ["title", "description", "hashtags", "alt_text", "series_id"];
  expect(writing.writeTexts.mock.calls).toEqual(names.map((name, at) => [[{ id: 1, field: name, text: "New", seen: before[at] }]])); // prettier-ignore
});

it("writes over what a field had when typing began, and follows what others write until then", () => {
  const shown = (title: string) => {
    cleanup();
    show([{ title }]);
    open();
  };
  shown("Old");
  fireEvent.change(field("Title"), { target: { value: "Mine" } });
  again([{ title: "Theirs" }]);
  fireEvent.blur(field("Title"));
  expect(writing.writeTexts.mock.calls).toEqual([[[{ id: 1, field: "title", text: "Mine", seen: "Old" }]]]);
  shown("Old");
  again([{ title: "Theirs" }]);
  expect(field("Title").value).toBe("Theirs");
  fireEvent.blur(field("Title"));
  expect(writing.writeTexts).toHaveBeenCalledTimes(1);
});

it("says what is not saved, and shows what others have written", () => {
  show([{}], {}, { faults: { alt_text: "Too long." }, theirs: { title: "Theirs", content_warnings: [] } });
  open();
  expect([...sheet().querySelectorAll("p.bad")].map((each) => each.textContent)).toEqual([
    ...["Changed elsewhere See it Title", "Too long.", "Changed elsewhere See it Warning"],
  ]);
  fireEvent.click(inSheet("See it Warning")[0] ?? document.body);
  expect(does.onTheirs.mock.calls).toEqual([[1, "content_warnings"]]);
});

it("chooses warnings and a licence, and asks for a day", () => {
  show([{ license_id: null, content_warnings: ["Blood"] }]);
  open();
  fireEvent.click(inSheet("Blood")[0] ?? document.body);
  fireEvent.change(field("Licence"), { target: { value: "CC0-1.0" } });
  fireEvent.click(inSheet("Choose a day")[0] ?? document.body);
  expect([writing.setWarnings.mock.calls, writing.writeTexts.mock.calls, does.onDay.mock.calls]).toEqual([
    ...[[[[1], "Blood", false]], [[[{ id: 1, field: "license_id", text: "CC0-1.0", seen: null }]]], [[1]]],
  ]);
});

it.each([
  ["by the rule", {}, AT, "Fri 30 Jan, 18:05 next free day"],
  ["on its day", { status: "scheduled", due_at: AT }, undefined, "Fri 30 Jan, 18:05"],
  ["when it went out", { status: "published", published_at: AT }, undefined, "Fri 30 Jan, 18:05"],
] as [string, Partial<Draft>, string | undefined, string][])(
  "says in its sheet when it goes out: %s",
  (_what, part, planned, words) => {
    show([part], { plan: new Map(planned ? [[1, planned]] : []) });
    open();
    expect([...sheet().querySelectorAll(".desk-sheet-line > button")].map((each) => each.textContent)).toEqual([words]);
  },
);

it("closes by Back, and saves the field that is written in", () => {
  show([{}]);
  open();
  field("Title").focus();
  fireEvent.change(field("Title"), { target: { value: "New" } });
  act(() => back.close());
  expect(writing.writeTexts.mock.calls).toEqual([[[{ id: 1, field: "title", text: "New", seen: null }]]]);
  expect(document.querySelector("dialog")).toBeNull();
});

it("is only looked at by others", () => {
  show([{ content_warnings: ["Blood"] }], { isReadOnly: true });
  open();
  expect(["Title", "Text"].map((label) => field(label).readOnly)).toEqual([true, true]);
  expect([field("Licence").disabled, inSheet("Choose a day")[0]?.disabled]).toEqual([true, true]);
  fireEvent.click(inSheet("Blood")[0] ?? document.body);
  expect([writing.setWarnings.mock.calls, within(sheet()).queryByText("Schedule")]).toEqual([[], null]);
  fireEvent.click(inSheet("Done")[0] ?? document.body);
  expect(document.querySelector("dialog")).toBeNull();
});

it.each([
  ["ready", {}, true, false],
  ["not ready", { problems: [problem("no_title")] }, true, true],
  ["ready, with advice", { problems: [problem("no_alt_text", false)] }, true, false],
  ["ready, and the rule is off", {}, false, true],
])("is scheduled where it is %s", (_what, part, is_on, isDisabled) => {
  show([part, {}], { rule: { ...usualRule, is_on } });
  open();
  const schedule = inSheet("Schedule")[0];
  expect(schedule?.disabled).toBe(isDisabled);
  fireEvent.click(schedule ?? document.body);
  expect([does.onSchedule.mock.calls, document.querySelector("dialog") === null]).toEqual(
    isDisabled ? [[], false] : [[[1]], true],
  );
});

it("leads from what is published to its post", () => {
  show([{ status: "published" }]);
  open();
  fireEvent.click(inSheet("Edit the post")[0] ?? document.body);
  expect(does.onPost.mock.calls).toEqual([[1]]);
});
