import { afterEach, describe, expect, it, test, vi } from "vitest";

import { importOnce, retryImport, watchStyles } from "./retryImport";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a piece that cannot be fetched is requested again until it arrives", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { querySelector: () => null });
  const piece = vi.fn().mockRejectedValueOnce(new TypeError("no network")).mockResolvedValue("here");
  const fetched = retryImport(piece)();
  await vi.advanceTimersByTimeAsync(5000);
  await expect(fetched).resolves.toBe("here");
  expect(piece).toHaveBeenCalledTimes(2);
});

describe("a piece comes after the stylesheets that failed before it", () => {
  /** A link in the page's head; a DOM without a network cannot say when it has loaded. */
  class Sheet extends EventTarget {
    rel = "stylesheet";
    constructor(
      readonly href: string,
      readonly sheet: { cssRules: string[] } | null,
    ) {
      super();
    }
    cloneNode = () => new Sheet(this.href, null);
    replaceWith = (other: Sheet) => head.splice(head.indexOf(this), 1, other);
  }
  const head: Sheet[] = [];
  const begin = () => {
    head.splice(0, head.length, new Sheet("/there.css", { cssRules: ["p"] }), new Sheet("/failed.css", null));
    vi.stubGlobal("HTMLLinkElement", Sheet);
    vi.stubGlobal("document", { querySelectorAll: () => head, addEventListener: () => undefined });
    watchStyles();
    return vi.fn(() => Promise.resolve("here"));
  };
  const tell = (name: string) => head[1]?.dispatchEvent(new Event(name));

  it("which are requested again, and only they", async () => {
    const [piece, there, failed] = [begin(), ...head];
    const comes = importOnce(piece);
    expect(head.map((link) => link.href)).toEqual(["/there.css", "/failed.css"]);
    expect([head[0] === there, head[1] === failed, piece.mock.calls.length]).toEqual([true, false, 0]);
    tell("load");
    await expect(comes).resolves.toBe("here");
    const [, again] = head;
    await expect(importOnce(piece)).resolves.toBe("here"); // the next one waits for nothing
    expect(head[1]).toBe(again);
  });

  it("and not where one fails again", async () => {
    const piece = begin();
    const comes = importOnce(piece);
    tell("error");
    await expect(comes).rejects.toThrow("/failed.css did not load");
    expect(piece).not.toHaveBeenCalled();
  });
});
