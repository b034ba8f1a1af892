// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { noteServerTime } from "../../platform/clock";
import { createStore } from "../../platform/store";
import { SavedNote } from "./SavedNote";

const { desk } = vi.hoisted(() => ({ desk: {} }));
vi.mock("./useDrafts", () => ({ desk }));
vi.mock("./sheet", () => ({ unsavedIn: () => ({ waiting: 1, faults: 0, conflicts: 0 }) }));
vi.mock("../../commands/StatusBar", () => ({ StatusNote: ({ children }: { children: unknown }) => children }));

afterEach(() => {
  cleanup();
  noteServerTime(new Date().toUTCString());
  vi.useRealTimers();
});

it("counts down by this browser's clock, whatever the service's says", () => {
  vi.useFakeTimers({ now: 1e12 });
  noteServerTime(new Date(1e12 - 7_200_000).toUTCString());
  const failure = { message: "Away.", retryAt: 1e12 + 4000 };
  Object.assign(desk, {
    sheet: createStore(new Map()),
    saving: createStore({ isBusy: false, savedAt: null, failure }),
  });
  render(<SavedNote />);
  expect(screen.getByRole("status").textContent).toContain("in 4 s.");
});
