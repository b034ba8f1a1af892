import { describe, expect, it } from "vitest";

import { aBdr } from "../testing/posts";
import {
  type DownloadsEvent,
  effectiveStatus,
  reduceDownloads,
  secondsLeft,
  sortedDownloads,
  unknownDownloads,
} from "./downloads";

const play = (...events: DownloadsEvent[]) => events.reduce(reduceDownloads, unknownDownloads);
const statuses = (state: ReturnType<typeof play>) =>
  Object.fromEntries([...(state.items ?? [])].map(([id, bdr]) => [id, bdr.status]));
const update = (id: string, status: "pending" | "ready" | "processing" = "pending"): DownloadsEvent => ({
  type: "update",
  bdr: aBdr(id, { status }),
});

describe("the stream", () => {
  it("is the whole truth once it says that it has told everything", () => {
    const state = play({ type: "opened" }, update("a"), update("b", "ready"), { type: "connected" });
    expect(statuses(state)).toEqual({ a: "pending", b: "ready" });
    expect(state.isLive).toBe(true);
  });

  it("brings changes, and takes away what is removed", () => {
    const state = play({ type: "opened" }, update("a"), update("b"), { type: "connected" }, update("a", "ready"), {
      type: "removed",
      id: "b",
    });
    expect(statuses(state)).toEqual({ a: "ready" });
  });

  it("leaves no row behind that went while it was lost", () => {
    const state = play(
      { type: "opened" },
      update("a"),
      update("b"),
      { type: "connected" },
      { type: "lost" },
      { type: "opened" },
      update("b", "ready"),
      { type: "connected" },
    );
    expect(statuses(state)).toEqual({ b: "ready" });
  });

  it("keeps showing what it knows while it is lost", () => {
    const state = play({ type: "opened" }, update("a"), { type: "connected" }, { type: "lost" });
    expect(statuses(state)).toEqual({ a: "pending" });
    expect(state.isLive).toBe(false);
  });
});

describe("the list", () => {
  const listed: DownloadsEvent = { type: "listed", items: [aBdr("a", { status: "processing" })] };

  it("fills in until the stream is there", () => {
    expect(statuses(play(listed))).toEqual({ a: "processing" });
  });

  it("never undoes what the stream has told, however late it comes", () => {
    expect(statuses(play({ type: "opened" }, update("a", "ready"), listed))).toEqual({ a: "ready" });
    expect(statuses(play({ type: "opened" }, update("a", "ready"), { type: "connected" }, listed))).toEqual({
      a: "ready",
    });
  });
});

it("shows the newest first", () => {
  const older = aBdr("a", { created_at: "2026-01-01T00:00:00Z" });
  const newer = aBdr("b", { created_at: "2026-01-01T00:00:00.5Z" });
  expect(sortedDownloads(new Map([older, newer].map((bdr) => [bdr.id, bdr]))).map((bdr) => bdr.id)).toEqual(["b", "a"]);
});

it("lets a link expire by the clock, whether or not anybody says so", () => {
  const ready = aBdr("a", { status: "ready", expires_at: "2026-01-08T00:00:00Z" });
  const end = Date.parse("2026-01-08T00:00:00Z");
  expect(effectiveStatus(ready, end - 1)).toBe("ready");
  expect(effectiveStatus(ready, end)).toBe("expired");
});

it("tells the time left from the pace so far, and nothing before there is one", () => {
  const start = Date.parse("2026-01-01T00:00:00Z");
  const at = (processed: number) =>
    aBdr("a", { status: "processing", started_at: "2026-01-01T00:00:00Z", processed_count: processed });
  expect(secondsLeft(at(25), start + 10_000)).toBe(30);
  expect(secondsLeft(at(100), start + 10_000)).toBe(0);
  expect(secondsLeft(at(0), start + 10_000)).toBeNull();
  expect(secondsLeft(at(25), start + 500)).toBeNull();
  expect(secondsLeft(aBdr("a"), start)).toBeNull();
});
