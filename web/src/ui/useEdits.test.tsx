// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { type Edit, StaleError } from "./edits";
import { useEdits } from "./useEdits";

interface Pack {
  name: string;
  theme: string;
}

function opened(read: Pack = { name: "Old", theme: "sea" }) {
  return renderHook((now: Pack) => useEdits(now), { initialProps: read });
}

it("sends what was edited only, as it was seen, and follows others in the rest", async () => {
  const { result, rerender } = opened();
  act(() => result.current.set({ name: "Mine" }));
  rerender({ name: "Theirs", theme: "sky" });
  expect(result.current.values).toEqual({ name: "Mine", theme: "sky" });
  const send = vi.fn<(edit: Edit<Pack>) => Promise<void>>(() => Promise.resolve());
  await act(() => result.current.save(send));
  expect(send).toHaveBeenCalledWith({ seen: { name: "Old" }, to: { name: "Mine" } });
  expect(result.current.changed).toEqual({});
});

it("keeps what was typed where others changed it, and overwrites it once asked again", async () => {
  const { result } = opened();
  act(() => result.current.set({ name: "Mine" }));
  const send = vi.fn<(edit: Edit<Pack>) => Promise<void>>(() => Promise.resolve());
  send.mockRejectedValueOnce(new StaleError({ name: "Theirs", theme: "sky", id: 7 }, ["name"]));
  let isSaved = await act(() => result.current.save(send));
  expect(isSaved).toBe(false);
  expect(result.current).toMatchObject({ stale: ["name"], values: { name: "Mine", theme: "sky" } });
  isSaved = await act(() => result.current.save(send));
  expect(isSaved).toBe(true);
  expect(send).toHaveBeenLastCalledWith({ seen: { name: "Theirs" }, to: { name: "Mine" } });
  expect(result.current.stale).toEqual([]);
});

it("gives up one's own for theirs, and says every other error", async () => {
  const { result } = opened();
  act(() => result.current.set({ name: "Mine", theme: "mine" }));
  const stale = () => Promise.reject(new StaleError({ name: "Theirs", theme: "theirs" }, ["name", "theme"]));
  await act(() => result.current.save(stale));
  act(() => result.current.take("name"));
  expect(result.current).toMatchObject({ stale: ["theme"], changed: { theme: "mine" }, values: { name: "Theirs" } });
  await act(() => expect(result.current.save(() => Promise.reject(new Error("lost")))).rejects.toThrow("lost"));
  expect(result.current.values.theme).toBe("mine");
});

it("keeps what is typed while it is being saved, over what was saved", async () => {
  const { result } = opened();
  act(() => result.current.set({ name: "Mine" }));
  let answer: () => void = () => undefined;
  const send = vi.fn<(edit: Edit<Pack>) => Promise<void>>(() => new Promise((resolve) => (answer = resolve)));
  let saving: Promise<boolean> | undefined;
  act(() => void (saving = result.current.save(send)));
  act(() => result.current.set({ name: "Mine again" }));
  act(() => result.current.set({ theme: "sky" }));
  answer();
  await act(async () => expect(await saving).toBe(true));
  expect(result.current.values).toEqual({ name: "Mine again", theme: "sky" });
  act(() => void result.current.save(send));
  expect(send).toHaveBeenLastCalledWith({
    seen: { name: "Mine", theme: "sea" },
    to: { name: "Mine again", theme: "sky" },
  });
});

it("is refused like any other where the form was closed before others' change is known", async () => {
  const { result, unmount } = opened();
  act(() => result.current.set({ name: "Mine" }));
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (answer = resolve));
  const stale = new StaleError({ name: "Theirs", theme: "sky" }, ["name"]);
  const saving = result.current.save(() => held.then(() => Promise.reject(stale)));
  unmount();
  answer();
  await expect(saving).rejects.toBe(stale);
});
