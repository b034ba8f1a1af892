// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { type Command, useCommands } from "./commands";
import { Menu } from "./Menu";
import { closeMenu, openMenu, openMenuAtCursor } from "./menu";

const run = vi.fn<(what: string) => void>();
const COMMANDS: Command[] = [
  { name: "hide", label: "Hide 2 posts", group: "selection", run: () => run("hide") },
  { label: "Pack", group: "selection", disabledReason: "no file is selected", run: () => run("pack") },
  { name: "remove", label: "Delete", group: "selection", isDangerous: true, isApart: true, run: () => run("delete") },
  { name: "filter", label: "Filters", group: "view", run: () => run("filter") },
];
function Page({ commands }: { commands: readonly Command[] }) {
  useCommands(commands);
  return (
    <>
      <button>The list</button>
      <Menu />
    </>
  );
}
function show({ at = { x: 100, y: 50 }, commands = COMMANDS } = {}) {
  render(<Page commands={commands} />);
  screen.getByRole("button", { name: "The list" }).focus();
  act(() => openMenu(at));
}
const menu = () => screen.queryByRole("region", { name: "Menu" });
const items = () => screen.getAllByRole("menuitem");
const focused = () => document.activeElement?.textContent;
const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key });

beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
  vi.stubGlobal("innerWidth", 1000);
  vi.stubGlobal("innerHeight", 800);
  vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue({ width: 200, height: 300 } as DOMRect);
});
afterEach(() => {
  cleanup();
  closeMenu();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the menu", () => {
  it("has what can be done with the selection, and says what cannot and why", () => {
    show();
    expect(items().map((item) => item.textContent)).toEqual(["Hide 2 postsH", "Pack · no file is selected", "Delete#"]);
    expect(items().map((item) => item.getAttribute("aria-disabled"))).toEqual(["false", "true", "false"]);
    expect(items().map(({ className }) => className)).toEqual(["menu-item", "menu-item", "menu-item danger"]);
    expect(items().map((item) => item.dataset["apart"] === "true")).toEqual([false, false, true]);
  });

  it("does not open where nothing can be done", () => {
    show({ commands: COMMANDS.slice(-1) });
    expect(menu()).toBeNull();
  });

  it.each([
    [{ x: 100, y: 50 }, ["100px", "50px"]],
    [{ x: 950, y: 50 }, ["792px", "50px"]],
    [{ x: 100, y: 790 }, ["100px", "492px"]],
    [{ x: -5, y: 2 }, ["8px", "8px"]],
  ])("opened at %j it is within the page: %j", (at, place) => {
    show({ at });
    expect([menu()?.style.left, menu()?.style.top]).toEqual(place);
  });

  it("keeps to the upper left of a page that is smaller than itself", () => {
    vi.stubGlobal("innerWidth", 150);
    vi.stubGlobal("innerHeight", 150);
    show();
    expect([menu()?.style.left, menu()?.style.top]).toEqual(["8px", "8px"]);
  });

  it("is walked through by the arrows, around its ends", () => {
    show();
    expect(focused()).toMatch(/^Hide/);
    const walked = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "Home", "End"].map((key) => {
      press(key);
      return focused()?.slice(0, 4);
    });
    expect(walked).toEqual(["Pack", "Dele", "Hide", "Dele", "Pack", "Hide", "Dele"]);
  });

  it.each(["Escape", "Tab"])("closes by %s, and gives the focus back", (key) => {
    show();
    press(key);
    expect([menu(), focused()]).toEqual([null, "The list"]);
    expect(run).not.toHaveBeenCalled();
  });

  it("leaves other keys alone", () => {
    show();
    expect([press("x"), press("ArrowDown")]).toEqual([true, false]); // false: the browser does not scroll by it
    expect(menu()).not.toBeNull();
  });

  it("does what is chosen, and closes", () => {
    show();
    fireEvent.click(screen.getByRole("menuitem", { name: "Delete" }));
    expect([run.mock.calls, menu()]).toEqual([[["delete"]], null]);
  });

  it("closes by a press beside it or a resized window, not by one within", () => {
    show();
    fireEvent.pointerDown(screen.getByRole("menu"));
    expect(menu()).not.toBeNull();
    fireEvent.pointerDown(screen.getByRole("button", { name: "The list" }));
    expect(menu()).toBeNull();
    act(() => openMenu({ x: 1, y: 1 }));
    expect(menu()).not.toBeNull();
    fireEvent(window, new Event("resize"));
    expect(menu()).toBeNull();
  });

  it("stands again where it is opened a second time, its focus where it was at first", () => {
    show();
    act(() => openMenu({ x: 300, y: 60 }));
    expect(menu()?.style.left).toBe("300px");
    press("Escape");
    expect(focused()).toBe("The list");
  });
});

describe("by its key the menu opens", () => {
  const boxes: Record<string, object> = {
    row: { left: 40, top: 100, bottom: 144 },
    tile: { left: 300, top: 200, bottom: 500 },
    button: { left: 10, top: 20, bottom: 40 },
  };
  beforeEach(() => {
    vi.spyOn(HTMLElement.prototype, "checkVisibility").mockImplementation(function (this: HTMLElement) {
      return this.className !== "hidden";
    });
    vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockImplementation(function (this: HTMLElement) {
      return { width: 0, height: 0, ...boxes[this.id] } as DOMRect;
    });
  });
  const rows = (lists: string) => {
    render(<Page commands={COMMANDS} />);
    const main = document.createElement("main");
    main.innerHTML = lists;
    document.body.append(main);
    return main;
  };
  const list = (id: string, more = "") =>
    `<ul tabindex="0" ${more} aria-activedescendant="${id}"><li id="${id}"></li></ul>`;

  it.each([
    ["at the row of the list that has the focus", list("tile") + list("row"), "ul:last-child", ["64px", "144px"]],
    ["near the top of what is high", list("tile"), "ul", ["324px", "260px"]],
    [
      "at the list that is seen, where none has the focus",
      list("tile", "class='hidden'") + list("row"),
      "",
      ["64px", "144px"],
    ],
    ["at what has the focus, where there is no list", "<button id='button'></button>", "button", ["34px", "40px"]],
  ])("%s", (_, lists, focus, place) => {
    const main = rows(lists);
    if (focus) main.querySelector<HTMLElement>(focus)?.focus();
    act(openMenuAtCursor);
    expect([menu()?.style.left, menu()?.style.top]).toEqual(place);
    main.remove();
  });
});
