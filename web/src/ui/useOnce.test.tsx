// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { expect, it } from "vitest";

import { useOnce } from "./useOnce";

it("repeats a lost request with its key, and sends another one with another key", async () => {
  const { result } = renderHook(() => useOnce());
  const keys: string[] = [];
  const send = (body: unknown, isLost = false) =>
    result.current(body, (key) => {
      keys.push(key);
      return isLost ? Promise.reject(new Error("lost")) : Promise.resolve("made");
    });
  await expect(send({ name: "a" }, true)).rejects.toThrow("lost");
  expect(await send({ name: "a" })).toBe("made");
  await send({ name: "a" });
  await expect(send({ name: "b" }, true)).rejects.toThrow("lost");
  await send({ name: "c" });
  const [lost, repeated] = keys;
  expect(repeated).toBe(lost);
  expect(new Set(keys).size).toBe(4);
});
