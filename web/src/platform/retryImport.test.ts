import { expect, test, vi } from "vitest";

import { retryImport } from "./retryImport";

test("a piece that cannot be fetched is requested again until it arrives", async () => {
  vi.useFakeTimers();
  vi.stubGlobal("document", { querySelector: () => null });
  const piece = vi.fn().mockRejectedValueOnce(new TypeError("no network")).mockResolvedValue("here");
  const fetched = retryImport(piece)();
  await vi.advanceTimersByTimeAsync(5000);
  await expect(fetched).resolves.toBe("here");
  expect(piece).toHaveBeenCalledTimes(2);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});
