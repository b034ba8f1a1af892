// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { useCommands } from "../commands/commands";
import { currentPage, go, queryParam } from "../platform/address";
import { configure } from "../testing/config";
import { aBdr } from "../testing/posts";
import { button, has, hit, press, settled, show, textOf, textsOf } from "../testing/service";
import { useBadge } from "../ui/badges";
import { closePalette, isPaletteOpen } from "../ui/palette";
import { toast } from "../ui/toast";
import { PMDLayout } from "./PMDLayout";

vi.mock("../data/config", async () => (await import("../testing/config")).asModule);
const page = vi.hoisted(() => ({ connection: "live", items: [] as unknown[], isWide: false }));
vi.mock("../data/live/live", () => ({ useConnection: () => page.connection }));
vi.mock("../data/useDownloads", () => ({ useDownloads: () => ({ items: page.items }) }));
vi.mock("./Palette", () => ({ default: () => <p>the palette</p> }));
vi.mock("../features/moderation/ModerationDialog", () => ({ default: () => <p>the moderation</p> }));

beforeEach(() => {
  localStorage.clear();
  Object.assign(page, { connection: "live", items: [], isWide: false });
  vi.spyOn(window, "matchMedia").mockImplementation(
    () =>
      ({ matches: page.isWide, addEventListener: vi.fn(), removeEventListener: vi.fn() }) as unknown as MediaQueryList,
  );
  go("library", {});
  act(closePalette);
});
const open = () => show(<PMDLayout>the page</PMDLayout>);
const links = () => [...document.querySelectorAll<HTMLAnchorElement>(".navigation a")];

describe("the navigation", () => {
  const all = ["Posts", "Publish", "Library", "Uploads", "Packs", "Tasks", "Insights"];
  it.each([
    [{}, all],
    [{ is_owner: true }, [...all, "Work"]],
    [{ moderates: true }, all.slice(0, -1)],
  ])("leads %j to %j", async (part, pages) => {
    configure(part);
    await open();
    expect(links().map((link) => link.textContent)).toEqual(pages);
  });

  it("says which page is open, and goes to another one", async () => {
    await open();
    const current = () =>
      links().flatMap((link) => (link.getAttribute("aria-current") === "page" ? [link.textContent] : []));
    expect(current()).toEqual(["Library"]);
    fireEvent.click(screen.getByText("Tasks"));
    await settled();
    expect([current(), currentPage(), screen.getByText("Tasks").closest("a")?.getAttribute("href")]).toEqual([
      ["Tasks"],
      "tasks",
      "/tasks",
    ]);
  });

  it("leaves the open page as it is where its own link is clicked", async () => {
    go("library", { q: "sea" });
    await open();
    fireEvent.click(screen.getByText("Library"));
    expect(queryParam("q")).toBe("sea");
  });

  it("counts what goes on on a page, in figures and in words", async () => {
    function Badge() {
      useBadge("tasks", 1200, "1,200 tasks running");
      return null;
    }
    await show(
      <PMDLayout>
        <Badge />
      </PMDLayout>,
    );
    expect(textsOf(".navigation .bubble")).toEqual(["1,200 1,200 tasks running"]);
  });
});

describe("the frame", () => {
  it("says whose page it is, and that a moderator is at another's", async () => {
    const { unmount } = await open();
    expect([textOf("h1"), textOf(".moderator-banner"), textOf(".brand")]).toEqual(["@pixelsmith", null, "Pixels"]);
    unmount();
    configure({ moderates: true });
    await open();
    expect(textOf(".moderator-banner")).toBe(
      "You are moderating the posts of @pixelsmith as @nightwatch. The artist cannot unhide what you hide.",
    );
  });

  it.each([
    ["live", "Live", "Connected: changes appear immediately."],
    ["connecting", "Connecting…", "Connecting to the service."],
    ["silent", "Not responding", "The service is not responding. What you see may be out of date."],
    ["waiting", "Reconnecting…", "Connection lost. Reconnecting automatically."],
  ] as const)("says how the connection is: %s", async (connection, words, title) => {
    page.connection = connection;
    await open();
    expect([textOf(".connection"), document.querySelector<HTMLElement>(".connection")?.title]).toEqual([words, title]);
  });

  it("has the tools for moderators where one is", async () => {
    const { unmount } = await open();
    expect(screen.queryByLabelText(/^Moderation/)).toBeNull();
    unmount();
    configure({ is_moderator: true });
    await open();
    await press(/^Moderation/);
    expect(has("the moderation")).toBe(true);
  });

  it("opens the settings by their button", async () => {
    await open();
    await press("Settings");
    expect(currentPage()).toBe("settings");
  });

  it.each([
    ["the button", () => press(/^Search or run…/)],
    ["its key", () => hit("k", document.body)],
  ])("opens the palette by %s", async (how, run) => {
    await open();
    if (how === "its key") fireEvent.keyDown(document.body, { key: "k", ctrlKey: true });
    else await run();
    await settled();
    expect([isPaletteOpen(), has("the palette")]).toEqual([true, true]);
  });
});

describe("what is known of the page", () => {
  it("lists the keys that apply here, by the button or by their own key", async () => {
    function Own() {
      useCommands([{ name: "approve", run: vi.fn() }]);
      return null;
    }
    await show(
      <PMDLayout>
        <Own />
      </PMDLayout>,
    );
    await press("Keyboard shortcuts");
    await vi.waitFor(() => expect(textOf("dialog h2")).toBe("Keyboard shortcuts"));
    const parts = textsOf(".keys h3");
    expect([parts.length, parts.includes("Review"), parts.includes("Sound")]).toEqual([
      new Set(parts).size,
      true,
      false,
    ]);
    const review = [...document.querySelectorAll(".keys > div")].find((each) => each.textContent.startsWith("Review"));
    expect([...(review?.querySelectorAll("dl div") ?? [])].map((each) => each.textContent)).toEqual(["AApprove"]);
    expect(textsOf(".keys dt").find((words) => words.includes(" then "))).toMatch(/^G then /);
    await press("Close", "dialog");
    expect(document.querySelector("dialog")).toBeNull();
    await hit("?", document.body);
    expect(textOf("dialog h2")).toBe("Keyboard shortcuts");
  });

  it("lists what toasts have said, the newest first", async () => {
    await open();
    const message = async () => {
      await hit("g", document.body);
      await hit("m", document.body);
    };
    await message();
    await vi.waitFor(() => expect(has("No notifications since this page was opened.")).toBe(true));
    act(() => void toast.info("First."));
    act(() => void toast.error("Second."));
    const lines = [...document.querySelectorAll<HTMLElement>(".messages li")];
    expect(lines.map((line) => [line.dataset["tone"], line.textContent])).toEqual([
      ["error", "just now Second."],
      ["info", "just now First."],
    ]);
    expect(has("No notifications since this page was opened.")).toBe(false);
    await press("Close", "dialog");
    expect(document.querySelector("dialog")).toBeNull();
  });

  it.each([
    ["t", "tasks", ""],
    ["s", "settings", ""],
    ["d", "publish", ""],
    ["l", "library", ""],
    ["u", "uploads", ""],
    ["k", "packs", ""],
    ["i", "insights", ""],
    ["p", "posts", ""],
    ["h", "posts", "hidden"],
  ])("goes by the keys g %s to %s %s", async (key, to, status) => {
    await open();
    await hit("g", document.body);
    await hit(key, document.body);
    expect([currentPage(), queryParam("status")]).toEqual([to, status]);
  });
});

describe("the downloads", () => {
  it.each([
    [[], "Downloads", ""],
    [[aBdr("1")], "Downloads, 1 being built", "1"],
    [[aBdr("1"), aBdr("2", { status: "ready" }), aBdr("3")], "Downloads, 2 being built", "2"],
  ])("are counted while they are built: %#", async (items, name, count) => {
    page.items = items;
    await open();
    expect([button(name).textContent.trim(), button(name).getAttribute("aria-expanded")]).toEqual([count, "false"]);
  });

  it("are opened over the posts from any page, and closed by the same button there", async () => {
    await open();
    await press("Downloads");
    expect([currentPage(), queryParam("tray"), button("Downloads").getAttribute("aria-expanded")]).toEqual([
      "posts",
      "open",
      "true",
    ]);
    await press("Downloads");
    expect([currentPage(), queryParam("tray")]).toEqual(["posts", ""]);
  });

  it("stand beside the posts where there is room", async () => {
    page.isWide = true;
    await open();
    await press("Downloads");
    expect([currentPage(), queryParam("tray")]).toEqual(["posts", ""]);
  });
});

it("looks as the system does, then dark, then light, and keeps it", async () => {
  await open();
  const theme = () => document.documentElement.dataset["theme"];
  const seen = [theme()];
  for (const name of [
    "Appearance: system. Switch to dark.",
    "Appearance: dark. Switch to light.",
    "Appearance: light. Switch to system.",
  ]) {
    await press(name);
    seen.push(theme(), localStorage.getItem("pmd.theme") ?? "");
  }
  expect(seen).toEqual(["system", "dark", '"dark"', "light", '"light"', "system", '"system"']);
  localStorage.clear();
});
