// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { type Command, useCommands } from "../commands/commands";
import { settled, show, textOf, textsOf, toasts } from "../testing/service";
import { openPalette } from "../ui/palette";
import Palette from "./Palette";

vi.mock("../data/config", async () => (await import("../testing/config")).asModule);
const find = vi.hoisted(() => ({ posts: vi.fn(), files: vi.fn(), open: vi.fn(), go: vi.fn() }));
vi.mock("../features/posts/finder", () => ({ postFinder: { title: "Posts", find: find.posts } }));
vi.mock("../features/library/finder", () => ({ fileFinder: { title: "Files", find: find.files } }));
vi.mock("./places", () => ({ PLACES: [{ key: "l", words: "Library", open: find.go }] }));
vi.mock("../ui/useDelayed", () => ({ useDebounced: <T,>(value: T) => value }));

const run = vi.fn<(key: string) => void>();
const onClose = vi.fn();
const commands: Command[] = [
  { name: "hide", label: "Hide 3 posts", group: "selection", run: () => run("hide") },
  { name: "unhide", label: "Unhide", group: "selection", disabledReason: "none is hidden", run: () => run("unhide") },
  { label: "Appearance: dark", group: "view", run: () => run("theme") },
  { name: "help", label: "Keyboard shortcuts", run: () => run("help") },
  { name: "go", run: (key) => run(`go ${key}`) },
  { name: "move", label: "Neither here nor there", run: () => run("move") },
];
function Page({ own }: { own: readonly Command[] }) {
  useCommands(own);
  return null;
}
const open = async (own = commands) => {
  const page = await show(
    <>
      <Page own={own} />
    </>,
  );
  openPalette();
  await page.again(
    <>
      <Page own={own} />
      <Palette onClose={onClose} />
    </>,
  );
};
beforeEach(() => {
  vi.resetAllMocks();
  find.posts.mockResolvedValue([]);
  find.files.mockResolvedValue([]);
  vi.spyOn(Element.prototype, "scrollIntoView").mockReturnValue();
});
const input = () => screen.getByRole<HTMLInputElement>("combobox", { hidden: true });
const write = async (value: string) => {
  fireEvent.change(input(), { target: { value } });
  await settled();
};
const lines = () => screen.queryAllByRole("option", { hidden: true });
const names = () => lines().map((line) => line.querySelector("bdi")?.textContent);
const current = () => lines().findIndex((line) => line.getAttribute("aria-selected") === "true");
const hit = (key: string, more: object = {}) => fireEvent.keyDown(input(), { key, ...more });
const boat = { id: "post-1", words: "Boat at sea", note: "2026-01-01", picture: "/boat.png", open: find.open };

describe("the palette", () => {
  it("has the selection's commands, the page's and its places, and help, each with its keys", async () => {
    await open();
    expect(textsOf(".palette [role=group] > p")).toEqual(["Selection", "Views", "Help"]);
    expect(lines().map((line) => line.textContent)).toEqual([
      ...["Hide 3 postsH", "Unhide · none is hiddenShift+H", "Appearance: dark", "Go to libraryg l"],
      ...["Keyboard shortcuts?", "Notificationsg m"],
    ]);
    expect(lines().map((line) => line.getAttribute("aria-disabled"))).toEqual([
      "false",
      "true",
      "false",
      "false",
      "false",
      "false",
    ]);
  });

  it("has no notifications where the frame has no such command", async () => {
    await open(commands.filter(({ name }) => name !== "go"));
    expect(names()).not.toContain("Notifications");
  });

  it.each([
    ["Hide 3 posts", () => run.mock.calls, [["hide"]]],
    ["Notifications", () => run.mock.calls, [["go g m"]]],
    ["Go to library", () => find.go.mock.calls, [[]]],
  ])("is closed, and does what is clicked: %s", async (name, done, expected) => {
    await open();
    fireEvent.click(screen.getByText(name));
    expect([onClose.mock.calls.length, done()]).toEqual([1, expected]);
  });

  it("stays, and does nothing, where it cannot be done", async () => {
    await open();
    fireEvent.click(screen.getByText("Unhide"));
    expect([onClose.mock.calls, run.mock.calls, toasts()]).toEqual([[], [], []]);
  });

  it("is closed by a click beside it, and by none in it", async () => {
    await open();
    fireEvent.click(input());
    expect(onClose).not.toHaveBeenCalled();
    fireEvent.click(document.querySelector("dialog") ?? document.body);
    expect(onClose).toHaveBeenCalledTimes(1);
  });
});

describe("the line that Enter chooses", () => {
  it("goes down and up, and around", async () => {
    await open();
    const steps = ["ArrowDown", "ArrowUp", "ArrowUp", "ArrowDown"].map((key) => {
      hit(key);
      return current();
    });
    expect([steps, input().getAttribute("aria-activedescendant")]).toEqual([[1, 0, 5, 0], lines()[0]?.id]);
    hit("Enter");
    expect([run.mock.calls, onClose.mock.calls.length]).toEqual([[["hide"]], 1]);
  });

  it("is the first again when something else is written, and keys are the text's otherwise", async () => {
    await open();
    hit("ArrowDown");
    hit("ArrowDown");
    await write("o");
    expect(current()).toBe(0);
    expect([hit("x"), hit("ArrowDown")]).toEqual([true, false]);
  });

  it("is not chosen by the Enter that ends a word of an input method", async () => {
    await open();
    hit("Enter", { isComposing: true });
    expect([run.mock.calls, onClose.mock.calls]).toEqual([[], []]);
  });

  it("is none where nothing fits", async () => {
    await open();
    await write("zz");
    for (const key of ["ArrowDown", "ArrowUp", "Enter"]) hit(key);
    expect([textOf(".palette-none"), onClose.mock.calls, input().hasAttribute("aria-activedescendant")]).toEqual([
      "No command, post or file matches “zz”.",
      [],
      false,
    ]);
  });
});

describe("what is written", () => {
  it("is found in commands, whatever its letters' size, and marked", async () => {
    await open();
    await write(" KEY ");
    expect([names(), textsOf("mark")]).toEqual([["Keyboard shortcuts"], ["Key"]]);
  });

  it("of two letters or more is asked for, and found between the commands and help", async () => {
    find.posts.mockResolvedValue([boat]);
    find.files.mockResolvedValue([{ id: "file-1", words: "short.png", open: find.open }]);
    await open();
    await write("s ");
    expect(find.posts).not.toHaveBeenCalled();
    await write("sh");
    expect(textsOf(".palette [role=group] > p")).toEqual(["Posts", "Files", "Help"]);
    expect([find.posts.mock.calls[0]?.[0], find.files.mock.calls[0]?.[0]]).toEqual(["sh", "sh"]);
    expect([lines()[0]?.textContent, lines()[0]?.querySelector("img")?.getAttribute("src")]).toEqual([
      "Boat at sea2026-01-01",
      "/boat.png",
    ]);
    hit("Enter");
    expect([find.open.mock.calls, onClose.mock.calls.length]).toEqual([[[]], 1]);
  });

  it("shows what was found before until the answer comes, and nothing found once it is short", async () => {
    find.posts.mockResolvedValueOnce([boat]).mockReturnValue(new Promise(() => undefined));
    await open();
    await write("bo");
    await write("boa");
    expect(names()).toContain("Boat at sea");
    await write("b");
    expect(names()).not.toContain("Boat at sea");
  });

  it("says why nothing could be found", async () => {
    find.posts.mockRejectedValue(new Error("Not now."));
    await open();
    await act(() => write("zz"));
    expect(textsOf(".palette-none")).toEqual(["Not now."]);
  });

  it("closes by Back, which leaves the page as it is", async () => {
    await open();
    history.replaceState(null, "", location.pathname);
    fireEvent(window, new PopStateEvent("popstate"));
    expect(onClose).toHaveBeenCalledTimes(1);
  });
});
