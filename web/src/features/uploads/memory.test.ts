import { expect, it, vi } from "vitest";

vi.mock("../../data/config", () => ({ config: { viewer: { sqid: "v" }, subject: { sqid: "s" } } }));
const { worthKeeping } = await import("./memory");

it("keeps the small files whole, as many as there is room for", () => {
  expect(worthKeeping([5, 1, 20, 3], 10, 8)).toEqual([false, true, false, true]);
  expect(worthKeeping([5, 1, 20, 3], 10, 100)).toEqual([true, true, false, true]);
});
