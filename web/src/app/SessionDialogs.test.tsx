// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { setSession } from "../data/session";
import { answer, calls, press, refused, settled, show, textOf } from "../testing/service";
import { SessionDialogs } from "./SessionDialogs";

vi.mock("../data/config", async () => (await import("../testing/config")).asModule);
const wait = vi.hoisted(() => ({ backoffMs: vi.fn<(failures: number) => number>() }));
vi.mock("../data/live/stream", () => wait);

const ME = "GET /api/pmd/me";
const me = { public_sqid: "me", handle: "pixelsmith", roles: [] };
/** The waits that have begun, and whether they still go on. */
let waits: { work: () => void; isOver: boolean }[] = [];
beforeEach(() => {
  waits = [];
  wait.backoffMs.mockReset().mockImplementation((failures) => 77_000 + failures);
  const [real, clear] = [setTimeout, clearTimeout];
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms = 0) => {
    if (ms < 77_000 || ms > 78_000) return real(work, ms);
    return -waits.push({ work, isOver: false });
  }) as unknown as typeof setTimeout);
  vi.spyOn(globalThis, "clearTimeout").mockImplementation((id) => {
    const found = waits[-(id as number) - 1];
    if (found) found.isOver = true;
    else clear(id);
  });
  answer({ [ME]: refused("Signed out.", 401) });
});
const passes = async () => {
  act(() => waits.at(-1)?.work());
  await settled();
};
const expired = () => {
  act(() => setSession("expired"));
};

it("says nothing while the session is there, and looks when the page is come back to", async () => {
  answer({ [ME]: me });
  await show(<SessionDialogs />);
  expect([document.querySelector("dialog"), calls()]).toEqual([null, []]);
  fireEvent.focus(window);
  await settled();
  expect([document.querySelector("dialog"), calls()]).toEqual([null, [ME]]);
});

it("blocks the page where nobody is signed in any more", async () => {
  await show(<SessionDialogs />);
  fireEvent.focus(window);
  await settled();
  const link = screen.getByRole("link", { name: "Sign in at Pixels" });
  expect([textOf("dialog h2"), link.getAttribute("href"), link.getAttribute("target")]).toEqual([
    "Your session has ended",
    "/sign-in",
    "_blank",
  ]);
});

describe("an ended session", () => {
  it.each([
    [refused("Signed out.", 401), "You are not signed in yet."],
    [refused("Too many questions.", 403), "Too many questions."],
  ])("is asked about by a button, which says why it is over still: %#", async (given, words) => {
    expired();
    answer({ [ME]: given });
    await show(<SessionDialogs />);
    expect(textOf("dialog [role=alert]")).toBeNull();
    await press("I have signed in", "dialog");
    expect([textOf("dialog [role=alert]"), calls()]).toEqual([words, [ME]]);
  });

  it.each(["I have signed in", "Close"])("goes on once somebody has signed in: %s", async (name) => {
    expired();
    answer({ [ME]: me });
    await show(<SessionDialogs />);
    await press(name, "dialog");
    expect(document.querySelector("dialog")).toBeNull();
  });

  it("is asked about by itself, ever more seldom, while the page is seen", async () => {
    expired();
    await show(<SessionDialogs />);
    expect([wait.backoffMs.mock.calls, calls()]).toEqual([[[1]], []]);
    await passes();
    expect([wait.backoffMs.mock.calls, calls()]).toEqual([[[1], [2]], [ME]]);
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    await passes();
    expect([wait.backoffMs.mock.calls.at(-1), calls()]).toEqual([[3], [ME]]);
  });

  it("is asked about no more once it is left", async () => {
    expired();
    const { unmount } = await show(<SessionDialogs />);
    unmount();
    expect(waits.map(({ isOver }) => isOver)).toEqual([true]);
  });
});

it("stops the page where another account is signed in: it can only be loaded again", async () => {
  const reload = vi.spyOn(location, "reload").mockReturnValue();
  act(() => setSession("another"));
  await show(<SessionDialogs />);
  expect([textOf("dialog h2"), textOf("dialog strong")]).toEqual(["Another account is signed in", "@pixelsmith"]);
  await press("Close", "dialog");
  expect(textOf("dialog h2")).toBe("Another account is signed in");
  await press("Reload the page", "dialog");
  expect(reload).toHaveBeenCalledTimes(1);
});
