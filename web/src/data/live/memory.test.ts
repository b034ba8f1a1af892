import { expect, it } from "vitest";

import { ReplayBuffer } from "./memory";
import type { Message } from "./messages";

const memoryOf = (...messages: Message[]) => {
  const memory = new ReplayBuffer();
  messages.forEach((message) => memory.note(message));
  return memory;
};
const update = (kind: "bdr" | "upload", id: string, data: unknown): Message => ({ type: "update", kind, id, data });

it("tells who comes late the latest of everything, then that this was all", () => {
  const memory = memoryOf(
    { type: "connection", connection: "live" },
    { type: "opened" },
    update("bdr", "a", 1),
    update("bdr", "b", 1),
    { type: "connected" },
    update("bdr", "a", 2),
    { type: "removed", kind: "bdr", id: "b" },
  );
  expect(memory.replay()).toEqual([
    { type: "connection", connection: "live" },
    { type: "opened" },
    update("bdr", "a", 2),
    { type: "connected" },
  ]);
});

it("tells each kind's followers of that kind only", () => {
  const memory = memoryOf({ type: "opened" }, update("bdr", "a", 1), update("upload", "u", 1));
  expect(memory.replayOf("upload")).toEqual([{ type: "opened" }, { type: "update", id: "u", data: 1 }]);
});

it("says nothing of what it knew before the line was lost", () => {
  const memory = memoryOf({ type: "opened" }, update("bdr", "a", 1), { type: "connected" }, { type: "lost" });
  expect(memory.replayOf("bdr")).toEqual([]);
  memory.note({ type: "opened" });
  expect(memory.replayOf("bdr")).toEqual([{ type: "opened" }]);
});

it("stays bounded, however long the page is open", () => {
  const memory = memoryOf({ type: "opened" });
  for (let each = 0; each < 5000; each += 1) memory.note(update("bdr", String(each), each));
  expect(memory.replayOf("bdr")).toHaveLength(2001);
  expect(memory.replayOf("bdr").at(-1)).toEqual({ type: "update", id: "4999", data: 4999 });
});
