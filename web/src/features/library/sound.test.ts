// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { expect, it, vi } from "vitest";

const stops: ((reason: Error) => void)[] = [];
class Player extends EventTarget {
  play = () => new Promise<void>((_, reject) => stops.push(reject));
}
vi.stubGlobal("Audio", Player);
vi.mock("../../data/assets/urls", () => ({ fileUrl: () => "" }));
const { sound, usePlaying } = await import("./sound");

it("plays the sound that was asked for last, though the one before is cut off", async () => {
  const { result } = renderHook(usePlaying);
  const cutOff = (place: number) =>
    act(() => {
      stops[place]?.(new DOMException("", "AbortError"));
      return Promise.resolve();
    });
  act(() => {
    sound.play(1);
    sound.play(2);
  });
  await cutOff(0);
  expect(result.current).toEqual({ id: 2, isPlaying: true });
  await cutOff(1);
  expect(result.current).toEqual({ id: 2, isPlaying: false });
});
