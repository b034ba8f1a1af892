import { beforeEach, expect, it, vi } from "vitest";

import { seamPlayer } from "./seam";

vi.mock("../../data/assets/urls", () => ({ fileUrl: ({ id }: { id: number }) => `/file/${String(id)}` }));
const started = vi.fn();
const stopped = vi.fn();
const closed = vi.fn();
const fetched = vi.fn();

beforeEach(() => {
  vi.resetAllMocks();
  let sources = 0;
  class Context {
    currentTime = 100;
    destination = {};
    resume = () => Promise.resolve();
    close = () => Promise.resolve(closed());
    decodeAudioData = () => Promise.resolve({});
    createBufferSource = () => {
      const id = (sources += 1);
      return { connect: () => undefined, start: started, stop: () => stopped(id) as unknown };
    };
  }
  vi.stubGlobal("AudioContext", Context);
  vi.stubGlobal("fetch", fetched);
  fetched.mockImplementation(() => Promise.resolve(new Response("")));
});

it.each([
  [
    10,
    30,
    [
      [100, 28, 2],
      [102, 10, 2],
    ],
  ],
  [
    10,
    11.5,
    [
      [100, 10, 1.5],
      [101.5, 10, 1.5],
    ],
  ],
])("a loop from %f to %f is heard over its seam, without a pause", async (start, end, parts) => {
  await seamPlayer(3).play(start, end);
  expect([started.mock.calls, fetched.mock.calls]).toEqual([parts, [["/file/3"]]]);
});

it("the file is read once, and what was heard before stops", async () => {
  const player = seamPlayer(3);
  await player.play(1, 9);
  expect(stopped).not.toHaveBeenCalled();
  await player.play(2, 9);
  expect([fetched.mock.calls.length, stopped.mock.calls]).toEqual([1, [[1], [2]]]);
  player.close();
  expect([stopped.mock.calls.slice(2), closed.mock.calls.length]).toEqual([[[3], [4]], 1]);
});

it("a file that cannot be read says so, and is asked for again by the next click", async () => {
  const player = seamPlayer(3);
  fetched.mockResolvedValueOnce(new Response("", { status: 503 }));
  await expect(player.play(1, 9)).rejects.toThrow("503");
  await player.play(1, 9);
  expect([fetched.mock.calls.length, started.mock.calls.length]).toEqual([2, 2]);
});
