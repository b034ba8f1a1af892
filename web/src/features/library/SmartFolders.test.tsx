// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { SmartFolder } from "../../data/assets/schema";
import { settled } from "../../testing/settled";
import { StaleError } from "../../ui/edits";
import { type Filters, noFilters } from "./filters";
import { SmartFolders } from "./SmartFolders";

const service = vi.hoisted(() => ({
  folders: [] as SmartFolder[],
  makeSmartFolder: vi.fn(),
  editSmartFolder: vi.fn(),
  deleteSmartFolder: vi.fn(),
}));
const setView = vi.hoisted(() => vi.fn());
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock("./ordering", () => ({
  ...service,
  FOLDERS: "folders",
  useSmartFolders: () => service.folders,
  namedOf: ({ name, filter, sort, order }: SmartFolder) => ({ name, search: { filter, sort, order } }),
}));
vi.mock("./query", () => ({ setView }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));

const folderOf = (id: number, part: Partial<SmartFolder> = {}) =>
  ({
    id,
    version: 1,
    name: `Folder ${id}`,
    filter: {},
    sort: "path",
    order: null,
    file_count: 3,
    ...part,
  }) as SmartFolder;
const SEA = { q: "sea" } as unknown as SmartFolder["filter"];
interface Action {
  label: string;
  onClick: () => void;
}
const onOpen = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  service.folders = [];
});
afterEach(cleanup);
const invalidated = vi.fn();
function show(filters: Partial<Filters> = {}, sort: "path" | "size" = "path", isDescending = false) {
  const client = new QueryClient();
  vi.spyOn(client, "invalidateQueries").mockImplementation(invalidated);
  const draw = () => (
    <QueryClientProvider client={client}>
      <SmartFolders filters={{ ...noFilters, ...filters }} sorted={{ sort, isDescending }} onOpen={onOpen} />
    </QueryClientProvider>
  );
  const { container, rerender } = render(draw());
  return { container, again: () => rerender(draw()) };
}
const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>("button", { name, hidden: true });
const dialog = () => screen.queryByRole("dialog", { hidden: true });
const open = async (name: string) => {
  fireEvent.click(button(name));
  await settled();
};
const field = () => screen.getByLabelText<HTMLInputElement>("Name");
const send = async () => {
  fireEvent.submit(dialog()?.querySelector("form") ?? document.body);
  await settled();
};
const SAVE = "Save as smart folder…";
const refreshed = () => invalidated.mock.calls;

it.each([
  [{}, false, false],
  [{ q: "sea" }, true, true],
  [{ state: "new" as const }, true, true],
])("without any, shows nothing but a way to keep the search: %j", (filters, isThere, canSave) => {
  const { container } = show(filters);
  expect([container.innerHTML !== "", screen.queryByRole("button", { name: SAVE }) !== null]).toEqual([
    isThere,
    canSave,
  ]);
});

it("lists them with how many files they find, where that is known", () => {
  service.folders = [folderOf(1, { file_count: 1200 }), folderOf(2, { file_count: null })];
  show();
  const rows = screen.getAllByRole("listitem").map((row) => row.textContent);
  expect([rows, screen.queryByRole("button", { name: SAVE })]).toEqual([["Folder 11,200", "Folder 2?"], null]);
});

it.each([
  [{ q: "sea" }, "path", false, "true"],
  [{ q: "sea", type: "image" }, "path", false, "false"],
  [{ q: "fog" }, "path", false, "false"],
  [{ q: "sea" }, "size", false, "false"],
  [{ q: "sea" }, "path", true, "false"],
] as const)("is open while just that is searched: %j by %s, turned %s", (filters, sort, isTurned, is) => {
  service.folders = [folderOf(1, { filter: SEA })];
  show(filters, sort, isTurned);
  expect(button(/^Folder 1/).getAttribute("aria-pressed")).toBe(is);
  expect(screen.queryByRole("button", { name: SAVE }) !== null).toBe(is === "false");
});

it("is open alone, where two find the same", () => {
  service.folders = [folderOf(1, { filter: SEA }), folderOf(2, { filter: SEA })];
  show({ q: "sea" });
  expect([/^Folder 1/, /^Folder 2/].map((name) => button(name).getAttribute("aria-pressed"))).toEqual([
    "true",
    "false",
  ]);
});

it("opens one by a click: its search, and its order", () => {
  service.folders = [folderOf(1, { filter: SEA, sort: "size", order: "asc" })];
  show({ q: "fog" });
  fireEvent.click(button(/^Folder 1/));
  expect([setView.mock.calls, onOpen.mock.calls.length]).toEqual([[[{ ...noFilters, q: "sea" }, "-size"]], 1]);
});

describe("the present search", () => {
  it("is kept under words for it, in its order", async () => {
    service.makeSmartFolder.mockResolvedValue({});
    show({ q: " sea ", state: "approved", folder: "sprites", rating: "3" }, "size", true);
    await open(SAVE);
    const words = "approved · in: sprites · 3 stars or more · sea";
    expect([field().value, screen.queryByText(words) !== null]).toEqual([words, true]);
    await send();
    const [body, key] = service.makeSmartFolder.mock.calls[0] as [object, string];
    expect([body, typeof key]).toEqual([
      {
        name: words,
        filter: { q: "sea", state: "approved", folder: "sprites", rating: 3 },
        ...{ sort: "size", order: "asc" },
      },
      "string",
    ]);
    expect([refreshed(), dialog()]).toEqual([[[{ queryKey: ["folders", "smart"] }]], null]);
  });

  it("has a name of at most sixty letters, which is not empty", async () => {
    show({ q: "x".repeat(90) });
    await open(SAVE);
    expect([field().value.length, button("Save").disabled]).toEqual([60, false]);
    fireEvent.change(field(), { target: { value: "  " } });
    expect([button("Save").disabled, screen.queryByRole("button", { name: /Delete/ })]).toEqual([true, null]);
  });

  it("stays to be sent again where the service refuses, under one key", async () => {
    service.makeSmartFolder.mockRejectedValueOnce(new PMDError(503, "Away.")).mockResolvedValue({});
    show({ q: "sea" });
    await open(SAVE);
    await send();
    expect([dialog()?.textContent.includes("Away."), refreshed()]).toEqual([true, []]);
    await send();
    const keys = service.makeSmartFolder.mock.calls.map((call: unknown[]) => call[1]);
    expect([keys.length, new Set(keys).size, dialog()]).toEqual([2, 1, null]);
  });
});

describe("a smart folder", () => {
  const opened = async (filters: Partial<Filters> = { q: "fog" }) => {
    service.folders = [folderOf(7, { filter: SEA })];
    const shown = show(filters);
    await open("Edit Folder 7");
    return shown;
  };
  const edit = () => service.editSmartFolder.mock.calls as [number, { to: object; from: object }][];
  const finds = () => within(dialog() ?? document.body).getByText(/^Finds:/).textContent;

  it("is renamed, and its search stays", async () => {
    await opened();
    expect([field().value, finds()]).toEqual(["Folder 7", "Finds: sea"]);
    fireEvent.change(field(), { target: { value: "Sea" } });
    await send();
    expect([edit().map(([id, { to }]) => [id, to]), refreshed().length, dialog()]).toEqual([
      [[7, { name: "Sea" }]],
      1,
      null,
    ]);
  });

  it("finds what is searched now instead, where that is chosen", async () => {
    await opened();
    fireEvent.click(screen.getByLabelText("Find what is searched now instead"));
    expect(finds()).toBe("Finds: fog");
    await send();
    expect(edit().map(([, { to }]) => to)).toEqual([{ search: { filter: { q: "fog" }, sort: "path", order: "asc" } }]);
  });

  it("of everything says so", async () => {
    service.folders = [folderOf(7)];
    show({ q: "fog" });
    await open("Edit Folder 7");
    expect(finds()).toBe("Finds: all files");
  });

  it("that others have changed shows what is there now, and is not closed", async () => {
    const now = { name: "Theirs", search: { filter: { q: "rain" }, sort: "path", order: null } };
    service.editSmartFolder.mockRejectedValue(new StaleError(now, ["name", "search"]));
    await opened();
    fireEvent.change(field(), { target: { value: "Mine" } });
    fireEvent.click(screen.getByLabelText("Find what is searched now instead"));
    await send();
    const theirs = () => [...document.querySelectorAll(".theirs li > span")].map((each) => each.textContent);
    expect([theirs(), refreshed()]).toEqual([["Name: Theirs", "Search: rain"], []]);
    fireEvent.click(button("Take theirs Search"));
    expect([theirs(), finds(), field().value]).toEqual([["Name: Theirs"], "Finds: rain", "Mine"]);
    fireEvent.click(button("Take theirs Name"));
    expect(field().value).toBe("Theirs");
  });

  it("is deleted, which can be undone under its name and with its search", async () => {
    await opened();
    fireEvent.click(button("Delete this smart folder"));
    await settled();
    expect([service.deleteSmartFolder.mock.calls, dialog(), refreshed().length]).toEqual([[[7]], null, 1]);
    const [[words, { action }]] = toast.success.mock.calls as [[string, { action: Action }]];
    expect([words, action.label]).toEqual(["Smart folder “Folder 7” deleted. Its files are where they were.", "Undo"]);
    service.makeSmartFolder.mockResolvedValue({});
    action.onClick();
    await settled();
    expect(service.makeSmartFolder.mock.calls.map(([body]: unknown[]) => body)).toEqual([
      { name: "Folder 7", filter: SEA, sort: "path", order: null },
    ]);
    expect(refreshed()).toHaveLength(2);
  });

  it("that cannot be deleted stays, and the reason is said", async () => {
    service.deleteSmartFolder.mockRejectedValue(new PMDError(503, "Away."));
    await opened();
    fireEvent.click(button("Delete this smart folder"));
    await settled();
    expect([toast.error.mock.calls, toast.success.mock.calls, dialog() !== null]).toEqual([[["Away."]], [], true]);
  });
});
