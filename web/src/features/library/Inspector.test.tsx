// @vitest-environment happy-dom
import { i18n } from "@lingui/core";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Asset, AssetDetails } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { Inspector } from "./Inspector";
import type { LibraryActions } from "./useActions";

const details = vi.hoisted(() => ({ of: vi.fn<(id: number | null) => unknown>() }));
const tellStale = vi.hoisted(() => vi.fn());
vi.mock("./useLibrary", () => ({ useAssetDetails: (id: number | null) => ({ data: details.of(id) }) }));
vi.mock("../../ui/useDelayed", () => ({ useDebounced: <T,>(value: T) => value }));
vi.mock("../../ui/toast", () => ({ tellStale }));
vi.mock("./TagChips", () => ({ TagChips: ({ tags }: { tags: readonly string[] }) => <i>{`tags ${tags.join()}`}</i> }));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: ({ size }: { size: number }) => <i>{`art ${size}`}</i> }));
vi.mock("../../data/assets/SmallPreview", () => ({ SmallPreview: () => null }));
vi.mock("../../ui/OpenLink", () => ({
  PageLink: ({ page, query, children }: { page: string; query: { pack: number }; children: React.ReactNode }) => (
    <a href={`/${page}/${query.pack}`}>{children}</a>
  ),
}));

const judge = vi.fn<(set: object, assets: readonly Asset[]) => Promise<boolean>>();
const actions = { judge } as unknown as LibraryActions;
const on = { onOpen: vi.fn(), onTask: vi.fn(), onPublish: vi.fn() };
let id = 0;
/** Each has an id of its own: texts that are not saved are kept by it. */
const anAsset = (part: Partial<Asset> = {}) => assetOf({ id: (id += 1), ...part });
const detailsOf = (asset: Asset, part: Partial<AssetDetails> = {}): AssetDetails => ({
  ...{ asset, reports: [], generation: null, steps: [], parent: null, children: [], post: null, packs: [] },
  near_duplicates: [],
  ...part,
});
beforeEach(() => {
  vi.resetAllMocks();
  judge.mockResolvedValue(true);
});
afterEach(cleanup);

interface Given {
  isBare?: boolean;
  isPlain?: boolean;
}
function show(asset: Asset | null, { isBare = false, isPlain = false }: Given = {}) {
  const draw = (now: Asset | null) => (
    <Inspector asset={now} {...{ actions, isBare, onOpen: on.onOpen, ...(!isPlain && on) }} />
  );
  const { rerender, unmount } = render(draw(asset));
  return { again: (now: Asset | null) => rerender(draw(now)), unmount };
}
const sent = () => judge.mock.calls.map(([set, assets]) => [set, assets.map((each) => each.id)]);
const facts = () => {
  const rows = [...document.querySelectorAll("dl div")].map(({ children }) =>
    [...children].map((each) => each.textContent),
  );
  return Object.fromEntries(rows.map(([name = "", value = ""]) => [name, value]));
};
const field = (name: string) => screen.getByLabelText<HTMLTextAreaElement>(name);
const write = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const leave = async (name: string) => {
  fireEvent.blur(field(name));
  await settled();
};

it("asks to select a file where there is none, and asks the service for none", () => {
  show(null);
  expect(screen.queryByText("Select a file to see its details.")).not.toBeNull();
  expect([details.of.mock.calls, document.querySelector("h3")]).toEqual([[[null]], null]);
});

it("says what a plain picture is", () => {
  show(anAsset({ name: "hero.png" }));
  expect(document.querySelector("h3")?.textContent).toBe("hero.png");
  expect(facts()).toEqual({
    State: "New",
    Canvas: "16 × 16",
    Size: "612 B · PNG",
    Licence: "None (all rights reserved)",
    "Made by": "Own work",
    Added: "2026-01-01",
  });
});

it("says all that is known of a file", () => {
  const asset = anAsset({
    ...{ frame_count: 12, duration_sec: 65, samplerate_hz: 44_100, folder: "sprites/props", hashtags: ["a", "b"] },
    ...{ theme: "forest", license_identifier: "CC0-1.0", attribution: "Somebody", source: "scan", width: null },
  });
  details.of.mockReturnValue(
    detailsOf(asset, {
      reports: [{ facts: { camera: "Box" }, findings: [] }] as unknown as AssetDetails["reports"],
      generation: { prompt: "a boat", settings: {} } as AssetDetails["generation"],
    }),
  );
  show(asset);
  expect(facts()).toMatchObject({
    ...{ Frames: "12", Length: "1:05", "Sample rate": "44.1 kHz", Camera: "Box", Folder: "sprites / props" },
    ...{ Tags: "tags a,b", Theme: "forest", Licence: "CC0-1.0", Credit: "Somebody", Source: "scan", Prompt: "a boat" },
  });
  expect(facts()).not.toHaveProperty("Canvas");
});

it("names no frames of a still", () => {
  show(anAsset({ frame_count: 1 }));
  expect(facts()).not.toHaveProperty("Frames");
});

it("shows no details of the file before", () => {
  const [before, now] = [anAsset(), anAsset()];
  const report = { facts: {}, findings: [{ code: "x", message: "Too dark." }] };
  details.of.mockReturnValue(detailsOf(before, { reports: [report] as unknown as AssetDetails["reports"] }));
  const { again } = show(before);
  expect(screen.queryByRole("list", { name: "Findings" })?.textContent).toBe(" Too dark.");
  again(now);
  expect(screen.queryByRole("list", { name: "Findings" })).toBeNull();
});

it("has no list of findings where there are none", () => {
  const asset = anAsset();
  details.of.mockReturnValue(
    detailsOf(asset, { reports: [{ facts: {}, findings: [] }] as unknown as AssetDetails["reports"] }),
  );
  show(asset);
  expect(screen.queryByRole("list", { name: "Findings" })).toBeNull();
});

it("has the picture, but where it is on screen already", () => {
  show(anAsset());
  expect(screen.queryByText("art 240")).not.toBeNull();
  cleanup();
  show(anAsset(), { isBare: true });
  expect(screen.queryByText("art 240")).toBeNull();
});

it("offers a task and to publish it, but where nothing can be done with it", () => {
  const asset = anAsset();
  show(asset);
  for (const name of ["Task", "Publish"]) fireEvent.click(screen.getByRole("button", { name }));
  expect([on.onTask.mock.calls, on.onPublish.mock.calls]).toEqual([[[asset]], [[asset]]]);
  cleanup();
  show(asset, { isPlain: true });
  expect(screen.queryByRole("button", { name: "Task" })).toBeNull();
});

it("opens other versions and similar files, each under its own heading", () => {
  const asset = anAsset();
  const relative = (at: number, name: string) => ({
    id: at,
    name,
    type: "image",
    file_format: "png",
    has_preview: true,
  });
  details.of.mockReturnValue(
    detailsOf(asset, {
      parent: relative(101, "raw.png"),
      children: [relative(102, "big.png")],
      near_duplicates: [relative(103, "copy.png")],
    } as unknown as Partial<AssetDetails>),
  );
  show(asset);
  const lists = [...document.querySelectorAll(".versions")].map((list) => list.textContent);
  expect(lists).toEqual(["originalbig.png", "copy.png"]);
  expect([...document.querySelectorAll("h3.over")].map((head) => head.textContent)).toEqual([
    "Versions",
    "Similar files",
  ]);
  for (const title of ["raw.png", "big.png", "copy.png"]) fireEvent.click(screen.getByTitle(title));
  expect(on.onOpen.mock.calls).toEqual([[101], [102], [103]]);
});

it("has no headings over what is not there, nor words of packs or posts", () => {
  const asset = anAsset();
  details.of.mockReturnValue(detailsOf(asset));
  show(asset);
  expect([document.querySelectorAll("h3.over, .versions, p").length]).toEqual([0]);
});

it.each([
  [{ id: 5, title: "Boat" }, "Published as the post Boat."],
  [{ id: 5, title: null }, "Published as the post number 5."],
])("says where it is: in packs, and as the post %j", (post, words) => {
  const asset = anAsset();
  const packs = [
    { id: 1, name: "Sea", edition: 0 },
    { id: 2, name: "Sky", edition: 3 },
  ];
  details.of.mockReturnValue(detailsOf(asset, { packs, post }));
  show(asset);
  expect([...document.querySelectorAll("p")].map((each) => each.textContent)).toEqual(["In Sea, Sky 3", words]);
});

describe("a text", () => {
  it.each([
    ["Private note", "note", " Mine ", "Mine"],
    ["Alt text", "alt_text", "A boat", "A boat"],
    ["Alt text", "alt_text", "  ", null],
  ])("%s is saved once the field is left, and only then: %s", async (label, name, typed, saved) => {
    const asset = anAsset({ note: "Old", alt_text: "Old" });
    show(asset);
    expect(field(label).value).toBe("Old");
    write(label, typed);
    expect([sent(), field(label).value]).toEqual([[], typed]);
    await leave(label);
    expect(sent()).toEqual([[{ [name]: saved }, [asset.id]]]);
  });

  it.each(["untouched", "the same again"])("that is %s is not sent", async (how) => {
    show(anAsset({ note: "Old" }));
    if (how !== "untouched") write("Private note", " Old ");
    await leave("Private note");
    expect(sent()).toEqual([]);
  });

  it("is what the service has, once it is saved", async () => {
    const asset = anAsset({ note: "Old" });
    const { again } = show(asset);
    write("Private note", "New");
    await leave("Private note");
    again({ ...asset, note: "New" });
    again({ ...asset, note: "Newer, from elsewhere" });
    expect(field("Private note").value).toBe("Newer, from elsewhere");
  });

  it("that could not be saved stays, and is sent again when the field is left again", async () => {
    judge.mockResolvedValueOnce(false);
    const asset = anAsset({ note: "Old" });
    const { unmount } = show(asset);
    write("Private note", "New");
    await leave("Private note");
    unmount();
    show(asset);
    expect(field("Private note").value).toBe("New");
    await leave("Private note");
    expect(sent()).toHaveLength(2);
  });

  it("that was written on while it was being saved is kept", async () => {
    let answer: (isSaved: boolean) => void = () => undefined;
    judge.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const asset = anAsset({ note: "Old" });
    show(asset);
    write("Private note", "New");
    await leave("Private note");
    write("Private note", "New and more");
    answer(true);
    await settled();
    expect(field("Private note").value).toBe("New and more");
  });

  it("that others have changed meanwhile stays theirs, and one's own is offered", async () => {
    const asset = anAsset({ note: "Old" });
    const { again } = show(asset);
    write("Private note", "Mine");
    again({ ...asset, note: "Theirs" });
    await leave("Private note");
    const [[theirs, mine, keep]] = tellStale.mock.calls as [[string, string, () => void]];
    expect([theirs, mine, sent(), field("Private note").value]).toEqual(["Theirs", "Mine", [], "Theirs"]);
    keep();
    expect(sent()).toEqual([[{ note: "Mine" }, [asset.id]]]);
  });

  it.each(["Old", "Theirs"])("that is as before or as theirs is no conflict: %s", async (text) => {
    const asset = anAsset({ note: "Old" });
    const { again } = show(asset);
    write("Private note", text);
    again({ ...asset, note: "Theirs" });
    await leave("Private note");
    expect([tellStale.mock.calls, sent(), field("Private note").value]).toEqual([[], [], "Theirs"]);
  });

  it("is saved where the details are closed while it is written, and only then", async () => {
    const asset = anAsset();
    const { unmount } = show(asset);
    field("Alt text").focus();
    write("Alt text", "A boat");
    write("Private note", "Not left, and without the focus");
    unmount();
    await settled();
    expect(sent()).toEqual([[{ alt_text: "A boat" }, [asset.id]]]);
  });

  it("of one file is not another's", () => {
    const { again } = show(anAsset());
    write("Private note", "Mine");
    again(anAsset());
    expect(field("Private note").value).toBe("");
  });
});

describe("a mark", () => {
  const press = (name: string) => fireEvent.click(screen.getByRole("button", { name }));
  const pressed = () =>
    screen
      .getAllByRole("button", { pressed: true })
      .flatMap((each) => (each.className === "warning-word" ? [each.textContent.trim()] : []));

  it("is sent at once; what is chosen meanwhile waits for the answer, and the last counts", async () => {
    let answer: (isSaved: boolean) => void = () => undefined;
    judge.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const asset = anAsset({ content_warnings: ["Blood"] });
    show(asset);
    press("Spiders");
    expect([sent(), pressed()]).toEqual([
      [[{ content_warnings: ["Blood", "Spiders"] }, [asset.id]]],
      ["Blood", "Spiders"],
    ]);
    press("Nudity");
    press("Blood");
    expect([sent().length, pressed()]).toEqual([1, ["Spiders", "Nudity"]]);
    answer(true);
    await settled();
    expect(sent().slice(1)).toEqual([[{ content_warnings: ["Spiders", "Nudity"] }, [asset.id]]]);
    expect(pressed()).toEqual(["Blood"]); // as the list still has it
  });

  it.each([
    [null, "default", "yes", true],
    [true, "yes", "no", false],
    [false, "no", "default", null],
  ])("of AI is %s: %s, and %s is sent", async (saved, shown, chosen, set) => {
    const asset = anAsset({ ai_opt_out: saved });
    show(asset);
    const select = screen.getByLabelText<HTMLSelectElement>("Not for training AI");
    expect(select.value).toBe(shown);
    fireEvent.change(select, { target: { value: chosen } });
    expect([select.value, sent()]).toEqual([chosen, [[{ ai_opt_out: set }, [asset.id]]]]);
    await settled();
  });
});

it("judges the file that is shown", () => {
  const asset = anAsset({ rating: 2, label: 6 });
  show(asset);
  fireEvent.click(screen.getByRole("button", { name: "4 of 5 stars" }));
  fireEvent.click(screen.getByRole("button", { name: "Label green" }));
  expect(sent()).toEqual([
    [{ rating: 4 }, [asset.id]],
    [{ label: 8 }, [asset.id]],
  ]);
});

it("shows hashtags as such in a language that calls them otherwise", () => {
  const translate = i18n._.bind(i18n) as (text: { message?: string }) => string;
  vi.spyOn(i18n, "_").mockImplementation(((text: { message?: string }) =>
    text.message === "Tags" ? "Schlagworte" : translate(text)) as typeof i18n._);
  show(anAsset({ hashtags: ["sea"] }));
  vi.restoreAllMocks();
  expect(facts()).toMatchObject({ Schlagworte: "tags sea" });
});
