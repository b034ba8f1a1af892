import { beforeEach, expect, it, vi } from "vitest";

import { changedSearch } from "./parameters";

let address: typeof import("./address");

/** A tab of a browser, which goes back a moment after it is asked to, or later where the machine is busy. */
class Tab {
  delay = 20;
  readonly location = { pathname: "", search: "" };
  readonly entries: { to: string; state: unknown; key: string }[] = [];
  at = 0;
  onReturn: () => void = () => undefined;
  /** Whether going back is cancelled, as another navigation does. */
  isStuck = false;
  /** Older browsers do not tell which entry is which. */
  hasNavigation = true;

  constructor(to: string) {
    this.entries.push({ to, state: null, key: crypto.randomUUID() });
    this.#show();
  }

  /** The browser's own view of the entries (the Navigation API). */
  get navigation() {
    return { entries: () => this.entries, currentEntry: { key: this.entries[this.at]?.key, index: this.at } };
  }

  get state(): unknown {
    return this.entries[this.at]?.state;
  }

  #show(): void {
    const [pathname = "", search = ""] = (this.entries[this.at]?.to ?? "").split("?");
    Object.assign(this.location, { pathname, search: search && `?${search}` });
  }

  pushState(state: unknown, _: string, to: string): void {
    this.at += 1;
    this.entries.splice(this.at, Infinity, { to, state, key: crypto.randomUUID() });
    this.#show();
  }

  replaceState(state: unknown, _: string, to: string): void {
    this.entries[this.at] = { to, state, key: this.entries[this.at]?.key ?? "" };
    this.#show();
  }

  back(): void {
    this.#go(-1);
  }

  forward(): void {
    this.#go(1);
  }

  #go(by: 1 | -1): void {
    if (this.isStuck) return;
    setTimeout(() => {
      this.at += by;
      this.#show();
      this.onReturn();
    }, this.delay);
  }

  /** The steps up to where one is, when all has come to rest. */
  steps(): string[] {
    vi.advanceTimersByTime(1000);
    return this.entries.slice(0, this.at + 1).map(({ to }) => to.replace(/.*\//, ""));
  }
}

async function openTab(to: string, tab = new Tab(`/u/abc/${to}`)): Promise<Tab> {
  vi.stubGlobal("location", tab.location);
  vi.stubGlobal("history", tab);
  vi.stubGlobal("window", {
    addEventListener: (name: string, hear: () => void) => name === "popstate" && (tab.onReturn = hear),
    get navigation() {
      return tab.hasNavigation ? tab.navigation : undefined;
    },
  });
  vi.resetModules();
  address = await import("./address");
  return tab;
}

let tab: Tab;

beforeEach(async () => {
  vi.useFakeTimers();
  tab = await openTab("posts");
  return () => vi.useRealTimers();
});

it("knows each page by the end of its path, and takes what it does not know for the posts", () => {
  expect(address.pageOf("/u/abc/library")).toBe("library");
  expect(address.pageOf("/u/abc/tasks/")).toBe("tasks");
  expect(address.pageOf("/u/abc/nonsense")).toBe("posts");
});

it("links to pages of the same artist", () => {
  expect(address.pageHref("packs", { pack: 7 })).toBe("/u/abc/packs?pack=7");
});

it("changes parts of the query, and leaves out what is usual", () => {
  expect(changedSearch("?q=sea&bdr=7", { q: "", format: "gif" })).toBe("?bdr=7&format=gif");
  expect(changedSearch("?q=sea", { q: null })).toBe("");
});

it("makes each of several acts that follow one another at once a step back", () => {
  address.setQuery({ sort: "title" }, "sort");
  address.setQuery({ tag: "sea" }, address.NEW_STEP);
  address.setQuery({ tag: "sky" }, address.NEW_STEP);
  expect(tab.steps()).toEqual(["posts", "posts?sort=title", "posts?sort=title&tag=sea", "posts?sort=title&tag=sky"]);
});

it("makes a step of what is opened, at once, none of the next one there, and takes it back where it is closed", () => {
  address.setQuery({ q: "sea" }, address.NEW_STEP);
  address.openOverlay("post", "7");
  expect(tab.entries.map(({ to }) => to)).toEqual(["/u/abc/posts", "/u/abc/posts?q=sea", "/u/abc/posts?q=sea&post=7"]);
  address.openOverlay("post", "8");
  expect(tab.steps()).toEqual(["posts", "posts?q=sea", "posts?q=sea&post=8"]);
  address.closeOverlay("post");
  expect(address.queryParam("post")).toBe("");
  expect(tab.steps()).toEqual(["posts", "posts?q=sea"]);
  expect(address.wasTraversal()).toBe(false);
});

it("writes what is done after a closing behind the step that is taken back", () => {
  address.openOverlay("post", "7");
  address.closeOverlay("post");
  address.setQuery({ tag: "sea" }, address.NEW_STEP);
  address.go("tasks");
  expect(tab.steps()).toEqual(["posts", "posts?tag=sea", "tasks"]);
});

it("opens, closes and opens again faster than the browser goes back", () => {
  for (const post of ["7", "8", "9"]) {
    address.openOverlay("post", post);
    address.closeOverlay("post");
  }
  expect(tab.steps()).toEqual(["posts"]);
  address.openOverlay("look", "alike");
  address.openOverlay("asset", "7");
  address.closeOverlay("asset");
  address.closeOverlay("look");
  expect(tab.steps()).toEqual(["posts"]);
});

it("stays on the site where what is closed was opened by a link, and takes back what another page has opened", async () => {
  tab = await openTab("packs?pack=7");
  address.closeOverlay("pack");
  expect(tab.steps()).toEqual(["packs"]);
  address.go("packs", { pack: 8 });
  expect(tab.steps()).toEqual(["packs", "packs?pack=8"]);
  address.closeOverlay("pack");
  expect(tab.steps()).toEqual(["packs"]);
});

it("takes back the step of a word that is cleared again, and makes a new one of the next", () => {
  address.setQuery({ q: "sea" }, address.TYPED);
  expect(tab.steps()).toEqual(["posts", "posts?q=sea"]);
  address.setQuery({ q: null }, address.TYPED);
  expect(tab.steps()).toEqual(["posts"]);
  address.setQuery({ q: "sky" }, address.TYPED);
  expect(tab.steps()).toEqual(["posts", "posts?q=sky"]);
});

it("does not let steps wait where the address has changed so often that the browser may refuse", () => {
  address.openOverlay("post", "0");
  for (let post = 1; post < 80; post++) {
    address.openOverlay("post", String(post));
    vi.advanceTimersByTime(200);
  }
  address.closeOverlay("post");
  expect(tab.steps()).toEqual(["posts"]);
  address.openOverlay("post", "7");
  expect(tab.entries.at(-1)?.to).toBe("/u/abc/posts?post=7");
});

it("keeps a drawer out of the URL and out of the way back to its page, and over a reload", async () => {
  address.setQuery({ q: "sea" }, address.NEW_STEP);
  address.openOverlay("tray", "open");
  expect(tab.steps()).toEqual(["posts", "posts?q=sea", "posts?q=sea"]);
  expect(address.queryParam("tray")).toBe("open");
  tab = await openTab("", tab);
  expect(address.queryParam("tray")).toBe("open");
  address.go("tasks");
  expect(address.pageHref("posts")).toBe("/u/abc/posts?q=sea");
  tab.back();
  expect(tab.steps()).toEqual(["posts", "posts?q=sea", "posts?q=sea"]);
  expect(address.queryParam("tray")).toBe("open");
  address.closeOverlay("tray");
  expect(tab.steps()).toEqual(["posts", "posts?q=sea"]);
});

/** A dialog is closed, and no other one opens in its place. */
async function ended(close: () => void): Promise<void> {
  close();
  await Promise.resolve();
}

/** Dialogs that close when they are asked to, as React unmounts them: innermost first. */
function openDialogs(count: number): { open: () => number } {
  const ends: (() => void)[] = [];
  for (let each = 0; each < count; each++) ends.push(address.openDialog(() => ends.pop()?.()));
  return { open: () => ends.length };
}

it("closes the inner of two dialogs by one step back, the outer by the next, and Forward opens neither", () => {
  const dialogs = openDialogs(2);
  expect(tab.steps()).toEqual(["posts", "posts", "posts"]);
  tab.back();
  expect(tab.steps()).toEqual(["posts", "posts"]);
  expect(dialogs.open()).toBe(1);
  tab.back();
  expect(tab.steps()).toEqual(["posts"]);
  expect(dialogs.open()).toBe(0);
  tab.forward();
  expect(tab.steps()).toEqual(["posts"]);
  expect(address.queryParam("dialog")).toBe("");
});

it("leaves no step of a dialog that is closed, nor one that a reload has closed", async () => {
  await ended(address.openDialog(() => undefined));
  expect(tab.steps()).toEqual(["posts"]);
  address.openDialog(() => undefined);
  expect(tab.steps()).toEqual(["posts", "posts"]);
  tab = await openTab("", tab);
  expect(tab.steps()).toEqual(["posts"]);
});

it("stays on the site where a reload has given an entry the state of one that was pushed meanwhile", async () => {
  address.openDialog(() => undefined);
  const pushed = tab.entries.pop();
  tab.at = 0;
  tab.replaceState(pushed?.state, "", "/u/abc/posts");
  tab.back = () => expect.fail("the entry behind is not ours");
  tab = await openTab("", tab);
  expect(tab.steps()).toEqual(["posts"]);
  expect(address.queryParam("dialog")).toBe("");
});

it("leaves a dialog's step after a reload in a browser that does not tell its entries", async () => {
  tab.hasNavigation = false;
  address.openDialog(() => undefined);
  tab = await openTab("", tab);
  expect(tab.steps()).toEqual(["posts"]);
});

it("gives the step of a dialog to the page or drawer that is opened from it", () => {
  let close = address.openDialog(() => undefined);
  address.openOverlay("tray", "open");
  close();
  expect(tab.steps()).toEqual(["posts", "posts"]);
  close = address.openDialog(() => undefined);
  address.go("tasks");
  close();
  expect(tab.steps()).toEqual(["posts", "posts", "tasks"]);
  tab.back();
  tab.steps();
  tab.back();
  expect(tab.steps()).toEqual(["posts"]);
  expect(address.queryParam("tray")).toBe("");
});

it("leaves a dialog open that was opened while the browser went back slowly from the one before", async () => {
  const close = address.openDialog(() => undefined);
  tab.steps();
  tab.delay = 3000;
  await ended(close);
  const isClosed = vi.fn();
  address.openDialog(isClosed);
  vi.advanceTimersByTime(4000);
  expect(isClosed).not.toHaveBeenCalled();
  expect(tab.steps()).toEqual(["posts", "posts"]);
});

it("writes the address again where going back was cancelled", async () => {
  const close = address.openDialog(() => undefined);
  tab.isStuck = true;
  await ended(close);
  tab.steps();
  tab.isStuck = false;
  address.setQuery({ q: "sea" }, address.NEW_STEP);
  vi.advanceTimersByTime(10_000);
  expect(tab.steps().at(-1)).toBe("posts?q=sea");
});

it("goes back once where the browser takes longer than the page waits for it", async () => {
  const close = address.openDialog(() => undefined);
  tab.steps();
  tab.delay = 6000;
  await ended(close);
  vi.advanceTimersByTime(20_000);
  expect(tab.steps()).toEqual(["posts"]);
  expect(address.queryParam("dialog")).toBe("");
});

it("gives the step of a dialog to the one that opens as it ends, as an effect that runs twice opens it again", async () => {
  const isClosed = [vi.fn(), vi.fn()] as const;
  const close = address.openDialog(isClosed[0]);
  const { key } = tab.entries[1] ?? {};
  close();
  address.openDialog(isClosed[1]);
  await Promise.resolve();
  expect([tab.steps(), tab.entries[1]?.key]).toEqual([["posts", "posts"], key]);
  tab.back();
  expect(tab.steps()).toEqual(["posts"]);
  expect(isClosed.map((each) => each.mock.calls.length)).toEqual([0, 1]);
});

it("tells of the user's own steps back alone", async () => {
  const told = vi.fn();
  address.onTraversal(told);
  await ended(address.openDialog(() => undefined));
  address.openDialog(() => undefined);
  expect(tab.steps()).toEqual(["posts", "posts"]);
  expect(told).not.toHaveBeenCalled();
  tab.back();
  expect(tab.steps()).toEqual(["posts"]);
  expect(told).toHaveBeenCalledOnce();
});

it.each([
  [{}, true],
  [{ button: 1 }, false],
  [{ metaKey: true }, false],
  [{ ctrlKey: true }, false],
  [{ shiftKey: true }, false],
  [{ altKey: true }, false],
])("leaves to the browser what is no plain click: %j", (part, isOurs) => {
  const click = { button: 0, metaKey: false, ctrlKey: false, shiftKey: false, altKey: false, ...part };
  expect(address.isPlainClick(click as Parameters<typeof address.isPlainClick>[0])).toBe(isOurs);
});
