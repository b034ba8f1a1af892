// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import type { Values } from "./form";
import type { Kind } from "./schema";
import TaskDialog from "./TaskDialog";

interface Read {
  data?: Kind[] | undefined;
  error?: Error | null;
  refetch: () => void;
}
const kinds = vi.hoisted((): { read: Read; use: ReturnType<typeof vi.fn> } => ({
  ...{ read: { refetch: () => undefined }, use: vi.fn() },
}));
const api = vi.hoisted(() => ({ startJobs: vi.fn(), refreshJobs: vi.fn() }));
const go = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock("./api", () => ({ ...api, useKinds: kinds.use }));
vi.mock("../../platform/address", () => ({ go, useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("./LoopList", () => ({ LoopList: ({ asset }: { asset: Asset }) => <p>Loops of {asset.name}</p> }));
vi.mock("./SheetGrid", () => ({ SheetGrid: ({ grid }: { grid: { width: number } }) => <p>Cells of {grid.width}</p> }));
vi.mock("./TaskPreview", () => ({
  TaskPreview: ({ params, others }: { params: Values | null; others: number }) => (
    <p data-testid="preview">{JSON.stringify([params, others])}</p>
  ),
}));

const onClose = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  Object.assign(kinds, { read: { refetch: vi.fn() } });
  kinds.use.mockImplementation(() => kinds.read);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const schema = (properties: object, required: readonly string[] = []) => ({ type: "object", properties, required });
const number = (part: object = {}) => ({ type: "integer", minimum: 1, maximum: 9, default: 2, ...part });
const kindOf = (kind: string, part: Partial<Kind> = {}): Kind =>
  ({
    ...{ kind, title: `Do ${kind}`, description: `About ${kind}.`, types: ["image"], is_available: true, reason: null },
    ...{ estimate_seconds: null, result: "A file is made.", params: schema({}) },
    ...part,
  }) as Kind;
function show(
  listed: readonly Kind[] | undefined,
  assets: readonly Asset[] = [assetOf({})],
  suggestion?: { kind: string; params: Values },
) {
  // prettier-ignore
  kinds.read.data = listed && [...listed];
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TaskDialog {...{ assets, suggestion, onClose }} />
    </QueryClientProvider>,
  );
}
const many = (count: number, part: Partial<Asset> = {}) => Array.from({ length: count }, (_, index) => assetOf({ id: index + 1, ...part })); // prettier-ignore
const radios = () => screen.getAllByRole<HTMLInputElement>("radio");
const confirm = () => document.querySelector<HTMLButtonElement>("button[type=submit]") ?? document.createElement("button"); // prettier-ignore
async function submit() {
  fireEvent.submit(confirm());
  await settled();
}
const preview = () => JSON.parse(screen.getByTestId("preview").textContent) as unknown;

it.each([
  ["one file", [assetOf({ id: 7 })], 7, "New task for 1 file"],
  ["files of one type", many(2), 1, "New task for 2 files"],
  ["files of several types", [assetOf({}), assetOf({ id: 2, type: "audio" })], null, "New task for 2 files"],
])("asks what can be done with %s", (_what, assets, id, title) => {
  show(undefined, assets);
  expect([kinds.use.mock.lastCall, screen.getByRole("heading").textContent]).toEqual([[id], title]);
  expect([screen.queryByText("Loading available tasks…") !== null, confirm().isConnected]).toEqual([true, false]);
});

it("says why it cannot ask, and asks again", () => {
  kinds.read.error = new Error("Away.");
  show(undefined);
  expect([screen.queryByText("Away.") !== null, screen.queryByText("Loading available tasks…")]).toEqual([true, null]);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(vi.mocked(kinds.read.refetch)).toHaveBeenCalledTimes(1);
  cleanup();
  show([kindOf("resize")]);
  expect(screen.queryByText("Away.")).toBeNull();
});

it("offers what fits any of the files, and says why some are not available", () => {
  const off = kindOf("upscale", { is_available: false, reason: "No model." });
  show([off, kindOf("trim", { types: ["audio"] }), kindOf("resize"), kindOf("palette")]);
  expect(radios().map((radio) => [radio.closest("label")?.textContent, radio.disabled, radio.checked])).toEqual([
    ["Do upscale No model.", true, false],
    ["Do resize About resize.", false, true],
    ["Do palette About palette.", false, false],
  ]);
  fireEvent.click(radios()[2] ?? document.body);
  expect(radios().map(({ checked }) => checked)).toEqual([false, false, true]);
});

it("begins with what is suggested, and its values", async () => {
  const params = schema({ count: number(), other: number() });
  show([kindOf("resize", { params }), kindOf("palette", { params: schema({}) })], undefined, { kind: "resize", params: { count: 5 } }); // prettier-ignore
  await submit();
  expect(api.startJobs.mock.calls[0]?.slice(0, 3)).toEqual(["resize", [1], { count: 5, other: 2 }]);
  cleanup();
  // Another kind has nothing of them.
  show([kindOf("resize", { params })], undefined, { kind: "gone", params: { count: 5 } });
  await submit();
  expect(api.startJobs.mock.lastCall?.slice(0, 3)).toEqual(["resize", [1], { count: 2, other: 2 }]);
});

it("starts a task for each file that fits, says so, and closes", async () => {
  const sound = assetOf({ id: 9, type: "audio" });
  show([kindOf("resize")], [...many(2), sound]);
  expect(confirm().textContent.trim()).toBe("Start 2 tasks");
  expect(screen.queryByText(/1 file is of another type and is\s+left out\./)).not.toBeNull();
  await submit();
  expect(api.startJobs.mock.calls).toEqual([["resize", [1, 2], {}, expect.stringMatching(/.-0$/)]]);
  expect([api.refreshJobs.mock.calls.length, onClose.mock.calls.length]).toEqual([1, 1]);
  const [text, { action }] = toast.success.mock.calls[0] as [string, { action: { label: string; onClick: () => void } }]; // prettier-ignore
  action.onClick();
  expect([text, action.label, go.mock.calls]).toEqual(["Do resize: 2 tasks started.", "Tasks", [["tasks"]]]);
});

it("starts many in parts that the service takes, each by a key of its own", async () => {
  show([kindOf("resize")], many(130));
  await submit();
  const calls = api.startJobs.mock.calls as [string, number[], Values, string][];
  expect(calls.map(([, ids, , key]) => [ids.length, ids[0], key.replace(/^.*-(?=\d+$)/, "")])).toEqual([
    [128, 1, "0"],
    [2, 129, "128"],
  ]);
});

it("says why it cannot start, and starts the same by the same key then", async () => {
  api.startJobs.mockRejectedValueOnce(new PMDError(503, "Away."));
  show([kindOf("resize")]);
  await submit();
  expect([screen.queryByText("Away.") !== null, onClose.mock.calls, toast.success.mock.calls]).toEqual([true, [], []]);
  await submit();
  const [first, second] = api.startJobs.mock.calls as string[][];
  expect([first?.[3] === second?.[3], onClose.mock.calls.length]).toEqual([true, 1]);
});

it.each([
  [2048, false, null],
  [2049, true, "Up to 2,048 tasks can wait. You chose 2,049; deselect 1, or start them in batches."],
])("takes %i files at once or not", (count, isDisabled, words) => {
  show([kindOf("resize")], many(count));
  expect([confirm().disabled, document.querySelector("p.wait")?.textContent.trim() ?? null]).toEqual([
    isDisabled,
    words,
  ]);
});

it.each([
  [null, 2, "A file is made."],
  [20, 2, "About 40 s of work. A file is made."],
  [0.1, 1, "About 1 s of work. A file is made."],
])("says what it takes, and what comes of it: %s s for each of %i", (estimate_seconds, count, words) => {
  show([kindOf("resize", { estimate_seconds })], many(count));
  expect([...document.querySelectorAll("p.muted")].map((each) => each.textContent)).toContain(words);
});

const needed = schema({ name: { type: "string", title: "Name" } }, ["name"]);
it("says what is missing, and starts nothing before", () => {
  show([kindOf("export", { params: needed })]);
  expect([confirm().disabled, preview(), screen.queryByText("Fill in “Name”.") !== null]).toEqual([
    ...[true, [null, 0], true],
  ]);
  fireEvent.change(screen.getByLabelText("Name"), { target: { value: "sea" } });
  expect([confirm().disabled, preview(), screen.queryByText("Fill in “Name”.")]).toEqual([
    ...[false, [{ name: "sea" }, 0], null],
  ]);
});

const lists = schema({ list_only: { type: "boolean", title: "List only" }, start: number({ title: "Start" }) });
it.each([
  ["loop", many(1), true],
  ["loop", many(2), false],
  ["resize", many(1), false],
])("lists the loops of a single sound: %s", (kind, assets, isListed) => {
  show([kindOf(kind, { params: lists })], assets);
  expect([screen.queryByText(/^Loops of/) !== null, screen.queryByLabelText("List only")]).toEqual([isListed, null]);
  expect(screen.queryByRole("slider", { name: /^Start/ })).not.toBeNull();
});

const cut = (by: string, part: object = {}) =>
  schema({
    by: { type: "string", enum: [by], default: by },
    ...{ width: number({ default: 4 }), height: number({ default: 3 }) },
    ...{ margin: number({ minimum: 0, default: 0 }), spacing: number({ minimum: 0, default: 0 }), ...part },
  });
it.each([
  ["slice", cut("grid"), true],
  ["slice", cut("content"), false],
  ["slice", cut("grid", { width: { type: "number", default: 4.5 } }), false],
  ["resize", cut("grid"), false],
])("shows where a sheet would be cut by a grid: %s", (kind, params, isShown) => {
  show([kindOf(kind, { params })]);
  expect(screen.queryByText("Cells of 4") !== null).toBe(isShown);
});

it.each([
  ["slice", "image", 2, [{}, 1]],
  ["export", "image", 1, [{}, 0]],
  ["export", "audio", 1, null],
  ["slice", "video", 1, [{}, 0]],
  ["resize", "image", 1, null],
] as const)("shows what %s would make of an %s", (kind, type, count, shown) => {
  show([kindOf(kind, { types: ["image", "audio", "video"] })], many(count, { type }));
  expect(screen.queryByTestId("preview") ? preview() : null).toEqual(shown);
});

it("offers steps that fit the files, and those alone", () => {
  const step = (op: string, description: string) => ({
    type: "object",
    description,
    properties: { op: { const: op } },
  });
  const steps = { type: "array", title: "Steps", items: { discriminator: { propertyName: "op" }, anyOf: [step("crop", "Images: cut."), step("fade", "Sounds: softer.")] } }; // prettier-ignore
  show([kindOf("batch", { params: schema({ steps }) })]);
  expect([...screen.getByRole<HTMLSelectElement>("combobox").options].map(({ value }) => value)).toEqual(["crop"]);
});
