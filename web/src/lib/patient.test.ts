import { expect, test, vi } from "vitest";

import { patiently } from "./patient";

test("a piece that cannot be fetched is asked for again until it comes", async () => {
  vi.useFakeTimers();
  const piece = vi.fn().mockRejectedValueOnce(new TypeError("no network")).mockResolvedValue("here");
  const fetched = patiently(piece)();
  await vi.advanceTimersByTimeAsync(5000);
  await expect(fetched).resolves.toBe("here");
  expect(piece).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});
