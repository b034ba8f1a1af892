// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import type { Choice } from "./chosen";
import { useIntake } from "./useIntake";

const api = vi.hoisted(() => ({ checkFiles: vi.fn(), recognizeLicense: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("../../data/config", () => ({ config: { limits: { upload_max_files: 100 } } }));
vi.mock("./hash", () => ({
  hashAll: (files: unknown[]) => Promise.resolve({ hashes: files.map(() => null), unreadable: new Set() }),
}));

const choiceOf = (path: string): Choice => ({ files: [{ path, file: new File(["x"], path) }], leftOut: [] });
const answer = { items: [{ verdict: "new", message: null }], allowance: { left_bytes: 9, left_files: 9 } };
beforeEach(() => vi.resetAllMocks());

it("says nothing of what was chosen before about what is chosen now", async () => {
  api.checkFiles.mockResolvedValue(answer);
  const first = choiceOf("first.png");
  const { result, rerender } = renderHook((choice: Choice) => useIntake(choice, 0), { initialProps: first });
  await settled();
  expect(result.current).toMatchObject({ step: "ready", files: [{ path: "first.png" }] });
  // The service takes its time.
  let go: (given: unknown) => void = () => undefined;
  api.checkFiles.mockReturnValueOnce(new Promise((resolve) => (go = resolve)));
  rerender(choiceOf("second.png"));
  await settled();
  expect(result.current).toMatchObject({ step: "hashing" });
  go(answer);
  await settled();
  expect(result.current).toMatchObject({ step: "ready", files: [{ path: "second.png" }] });
});
