import { beforeAll, expect, it, vi } from "vitest";

let address: typeof import("./address");

beforeAll(async () => {
  vi.stubGlobal("location", { pathname: "/u/abc/posts", search: "", hash: "" });
  vi.stubGlobal("window", { addEventListener: () => undefined });
  address = await import("./address");
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
  vi.useFakeTimers();
  const steps: string[] = [];
  const go = (_: unknown, __: string, to: string) => {
    location.search = to.slice(to.indexOf("?"));
    steps.push(location.search);
  };
  vi.stubGlobal("history", { pushState: go, replaceState: () => expect.fail("an act was no step of its own") });
  address.setQuery({ sort: "title" }, "sort");
  address.setQuery({ q: "sea" }, "filter 1");
  expect(steps).toEqual([]);
  vi.advanceTimersByTime(1000);
  expect(steps).toEqual(["?sort=title", "?sort=title&q=sea"]);
  vi.useRealTimers();
});
