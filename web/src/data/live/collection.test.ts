import { describe, expect, it } from "vitest";

import { emptyItems, type ItemsEvent, reduceItems } from "./collection";

type Status = "pending" | "processing" | "ready";
type Event = ItemsEvent<Status>;

const play = (...events: Event[]) => events.reduce(reduceItems<Status>, emptyItems<Status>());
const statuses = (state: ReturnType<typeof play>) => Object.fromEntries(state.items ?? []);
const update = (id: string, item: Status = "pending"): Event => ({ type: "update", id, item });

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

  it("is not the whole truth where one thing could not be read, until another server tells", () => {
    const unread = play({ type: "opened" }, { type: "unreadable" }, { type: "connected" });
    expect(unread).toMatchObject({ items: null, isLive: false });
    const renewed = play({ type: "unreadable" }, { type: "opened" }, update("a"), { type: "connected" });
    expect(renewed.isLive).toBe(true);
  });
});

describe("the list", () => {
  const listed: Event = { type: "listed", items: [{ id: "a", item: "processing" }] };

  it("fills in until the stream is there", () => {
    expect(statuses(play(listed))).toEqual({ a: "processing" });
  });

  it("never undoes what the stream has told, however late it comes", () => {
    expect(statuses(play({ type: "opened" }, update("a", "ready"), listed))).toEqual({ a: "ready" });
    expect(statuses(play({ type: "opened" }, update("a", "ready"), { type: "connected" }, listed))).toEqual({
      a: "ready",
    });
  });

  it("brings nothing back that the stream has taken away, unless the stream does", () => {
    const removed: Event = { type: "removed", id: "a" };
    expect(statuses(play({ type: "opened" }, removed, listed))).toEqual({});
    expect(statuses(play({ type: "opened" }, removed, update("a"), { type: "lost" }, listed))).toEqual({
      a: "pending",
    });
  });
});
