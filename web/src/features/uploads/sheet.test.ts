import { expect, it } from "vitest";

import type { Line } from "./schema";
import { groupsOf, merged, stateOf, stepOf, within } from "./sheet";

const LINE: Line = {
  id: "a",
  path: "autumn/sprites/a.png",
  file_name: "a.png",
  size_bytes: 800,
  file_type: "png",
  mtime: null,
  sha256: null,
  url: "/files/a",
  received_bytes: 0,
  status: "pending",
  outcome: null,
  report_id: null,
  asset_id: null,
  asset_type: null,
  has_preview: null,
  error_code: null,
  error_message: null,
  processing_order: 0,
};

it("a path is without the folder that was chosen, and only without that", () => {
  expect(within("autumn", "autumn/sprites/a.png")).toBe("sprites/a.png");
  expect(within("autumn", "autumn")).toBe("autumn");
  expect(within("autumn", "autumn 2/a.png")).toBe("autumn 2/a.png");
  expect(within(null, "autumn/a.png")).toBe("autumn/a.png");
});

it("a cell waits, rises, is looked at and is here", () => {
  expect(stateOf(LINE, null)).toBe("wait");
  expect(stateOf(LINE, { state: "sending" })).toBe("run");
  expect(stateOf({ ...LINE, received_bytes: 1 }, null)).toBe("run");
  expect(stateOf(LINE, { state: "sent" })).toBe("look");
  expect(stateOf({ ...LINE, url: null }, null)).toBe("look");
  expect(stateOf({ ...LINE, status: "success", outcome: "added" }, null)).toBe("here");
  expect(stateOf({ ...LINE, status: "success", outcome: "already_there" }, null)).toBe("same");
});

it("what is left out is told apart by what helps", () => {
  const failed = (error_code: string) => stateOf({ ...LINE, status: "failed", error_code }, null);
  expect([failed("stopped"), failed("broken"), failed("hidden_file")]).toEqual(["redo", "change", "none"]);
  expect(stateOf(LINE, { state: "failed" })).toBe("redo");
});

it("rises by eighths, by what the service has or this page has sent", () => {
  expect(stepOf(LINE, { sentBytes: 399, size: 800 })).toBe(3);
  expect(stepOf({ ...LINE, received_bytes: 800 }, { sentBytes: 100, size: 800 })).toBe(8);
  expect(stepOf({ ...LINE, size_bytes: 0 }, null)).toBe(0);
});

it("files stand in their folder from the start", () => {
  const other = { ...LINE, id: "b", path: "readme.txt" };
  const third: Line = { ...LINE, id: "c", path: "autumn/sprites/c.png", status: "failed" };
  expect(groupsOf([LINE, other, third]).map(({ folder, lines, settled }) => [folder, lines.length, settled])).toEqual([
    ["autumn/sprites", 2, 1],
    ["", 1, 0],
  ]);
});

it("a line that has not changed is the same object", () => {
  const [same, changed] = merged([LINE, { ...LINE, id: "b" }], [{ ...LINE }, { ...LINE, id: "b", received_bytes: 5 }]);
  expect(same).toBe(LINE);
  expect(changed?.received_bytes).toBe(5);
});
