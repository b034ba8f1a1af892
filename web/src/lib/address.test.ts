import { beforeEach, expect, it, vi } from "vitest";

let address: typeof import("./address");

/** A tab of a browser, which goes back a moment after it is asked to. */
class Tab {
  readonly location = { pathname: "", search: "" };
  readonly entries: { to: string; state: unknown }[] = [];
  #at = 0;
  onReturn: () => void = () => undefined;

  constructor(to: string) {
    this.entries.push({ to, state: null });
    this.#show();
  }

  get state(): unknown {
    return this.entries[this.#at]?.state;
  }

  #show(): void {
    const [pathname = "", search = ""] = (this.entries[this.#at]?.to ?? "").split("?");
    Object.assign(this.location, { pathname, search: search && `?${search}` });
  }

  pushState(state: unknown, _: string, to: string): void {
    this.#at += 1;
    this.entries.splice(this.#at, Infinity, { to, state });
    this.#show();
  }

  replaceState(state: unknown, _: string, to: string): void {
    this.entries[this.#at] = { to, state };
    this.#show();
  }

  back(): void {
    setTimeout(() => {
      this.#at -= 1;
      this.#show();
      this.onReturn();
    }, 20);
  }

  /** The steps up to where one is, when all has come to rest. */
  steps(): string[] {
    vi.advanceTimersByTime(1000);
    return this.entries.slice(0, this.#at + 1).map(({ to }) => to.replace(/.*\//, ""));
  }
}

async function openTab(to: string): Promise<Tab> {
  const tab = new Tab(`/u/abc/${to}`);
  vi.stubGlobal("location", tab.location);
  vi.stubGlobal("history", tab);
  vi.stubGlobal("window", { addEventListener: (_: string, hear: () => void) => (tab.onReturn = hear) });
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
  expect(address.pageHref("packs", { pack: "7", q: null })).toBe("/u/abc/packs?pack=7");
});

it("changes parts of the query, and leaves out what is usual", () => {
  expect(address.changedSearch("?q=sea&bdr=7", { q: "", format: "gif" })).toBe("?bdr=7&format=gif");
  expect(address.changedSearch("?q=sea", { q: null })).toBe("");
});

it("makes each of several acts that follow one another at once a step back, when they have come to rest", () => {
  address.setQuery({ sort: "title" }, "sort");
  address.setQuery({ tag: "sea" }, address.OWN);
  address.setQuery({ tag: "sky" }, address.OWN);
  expect(tab.entries).toHaveLength(1);
  expect(tab.steps()).toEqual(["posts", "posts?sort=title", "posts?sort=title&tag=sea", "posts?sort=title&tag=sky"]);
});

it("makes a step of what is opened, at once, none of the next one there, and takes it back where it is closed", () => {
  address.setQuery({ q: "sea" }, address.OWN);
  address.openPart("post", "7");
  expect(tab.entries.map(({ to }) => to)).toEqual(["/u/abc/posts", "/u/abc/posts?q=sea", "/u/abc/posts?q=sea&post=7"]);
  address.openPart("post", "8");
  expect(tab.steps()).toEqual(["posts", "posts?q=sea", "posts?q=sea&post=8"]);
  address.closePart("post");
  expect(address.queryPart("post")).toBe("");
  expect(tab.steps()).toEqual(["posts", "posts?q=sea"]);
  expect(address.hasReturned()).toBe(false);
});

it("writes what is done after a closing behind the step that is taken back", () => {
  address.openPart("post", "7");
  address.closePart("post");
  address.setQuery({ tag: "sea" }, address.OWN);
  address.go("tasks");
  expect(tab.steps()).toEqual(["posts", "posts?tag=sea", "tasks"]);
});

it("opens, closes and opens again faster than the browser goes back", () => {
  for (const post of ["7", "8", "9"]) {
    address.openPart("post", post);
    address.closePart("post");
  }
  expect(tab.steps()).toEqual(["posts"]);
  address.openPart("look", "alike");
  address.openPart("asset", "7");
  address.closePart("asset");
  address.closePart("look");
  expect(tab.steps()).toEqual(["posts"]);
});

it("stays on the site where what is closed was opened by a link, and takes back what another page has opened", async () => {
  tab = await openTab("packs?pack=7");
  address.closePart("pack");
  expect(tab.steps()).toEqual(["packs"]);
  address.go("packs", { pack: "8" });
  expect(tab.steps()).toEqual(["packs", "packs?pack=8"]);
  address.closePart("pack");
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
  address.openPart("post", "0");
  for (let post = 1; post < 80; post++) {
    address.openPart("post", String(post));
    vi.advanceTimersByTime(200);
  }
  address.closePart("post");
  expect(tab.steps()).toEqual(["posts"]);
  address.openPart("post", "7");
  expect(tab.entries.at(-1)?.to).toBe("/u/abc/posts?post=7");
});
