// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Connection } from "../data/live/messages";
import { createStore, useStore } from "../platform/store";
import { OfflineStrip } from "./OfflineStrip";

const live = vi.hoisted(() => ({ useConnection: vi.fn<() => Connection>() }));
vi.mock("../data/live/live", () => live);

const connection = createStore<Connection>("connecting");
beforeEach(() => {
  vi.useFakeTimers({ now: new Date(2026, 0, 5, 9, 5) });
  connection.set("connecting");
  live.useConnection.mockImplementation(() => useStore(connection));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function becomes(next: Connection, minutes = 0) {
  vi.advanceTimersByTime(minutes * 60_000);
  act(() => connection.set(next));
}
const words = () => screen.queryByRole("status")?.textContent ?? null;

it("stands from the first loss until the stream is live, whatever is tried meanwhile", () => {
  render(<OfflineStrip />);
  expect(words()).toBeNull();
  becomes("waiting");
  expect(words()).toContain("unreachable since 09:05");
  becomes("connecting", 1);
  expect(words()).toContain("unreachable since 09:05");
  becomes("waiting", 1);
  expect(words()).toContain("unreachable since 09:05");
  becomes("live");
  expect(words()).toBeNull();
  becomes("silent", 1);
  expect(words()).toContain("not responded since 09:08");
});

it("says that the browser is offline, and stands until the stream is back", () => {
  const isOnline = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  render(<OfflineStrip />);
  becomes("live");
  expect(words()).toContain("You have been offline since 09:05");
  isOnline.mockReturnValue(true);
  becomes("waiting");
  expect(words()).toContain("unreachable since 09:05");
  becomes("live");
  expect(words()).toBeNull();
});
