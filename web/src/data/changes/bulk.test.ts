import { expect, it, vi } from "vitest";

import { canUndo, canRepeatUndo } from "./bulk";
import type { BulkChange } from "./schema";

vi.mock("../client", () => ({ request: () => Promise.reject(new Error("there is no service")) }));
vi.mock("../live/useLiveList", () => ({ useLiveList: () => null }));
vi.mock("../posts", () => ({ refreshPosts: () => undefined }));
vi.mock("../../ui/toast", () => ({ toast: {}, UNDO_MS: 1 }));
vi.mock("../../ui/tray", () => ({ openTray: () => undefined }));

const ended = { status: "completed", changed_count: 3, undo_of_id: null, undone_by_id: null };
const canBe = (part: Partial<BulkChange>) => canUndo({ ...ended, ...part } as BulkChange);

it("offers to undo what has ended and changed something, once, and no undo", () => {
  for (const status of ["completed", "cancelled", "failed"] as const) expect(canBe({ status })).toBe(true);
  for (const status of ["pending", "running"] as const) expect(canBe({ status })).toBe(false);
  expect(canBe({ changed_count: 0 })).toBe(false);
  expect(canBe({ undo_of_id: 1 })).toBe(false);
  expect(canBe({ undone_by_id: 2 })).toBe(false);
});

it("goes on with an undo that was stopped, and with nothing else", () => {
  const isOne = (part: Partial<BulkChange>) => canRepeatUndo({ ...ended, ...part } as BulkChange);
  for (const status of ["cancelled", "failed"] as const) expect(isOne({ status, undo_of_id: 1 })).toBe(true);
  for (const status of ["pending", "running", "completed"] as const) {
    expect(isOne({ status, undo_of_id: 1 })).toBe(false);
  }
  expect(isOne({ status: "cancelled" })).toBe(false);
});
