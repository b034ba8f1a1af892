import { expect, it } from "vitest";

import { RateMeter, secondsLeft } from "./rate";

function meterOf(samples: readonly (readonly [bytes: number, at: number])[]): RateMeter {
  const meter = new RateMeter();
  for (const [bytes, at] of samples) meter.note(bytes, at);
  return meter;
}

it.each([
  ["nothing was sent", [], null],
  ["there is one sample", [[9000, 10_000]], null],
  ["less than half a second has passed", [[0, 0], [900, 499]], null], // prettier-ignore
  ["half a second has passed", [[100, 1000], [600, 1500]], 1000], // prettier-ignore
  ["nothing came of it", [[100, 0], [100, 1000]], 0], // prettier-ignore
  ["it grows faster", [[0, 0], [100, 1000], [1000, 2000]], 500], // prettier-ignore
  ["older samples than 8 s are left out", [[0, 0], [8000, 1000], [8800, 9000], [8900, 10_000]], 100], // prettier-ignore
  ["a sample of just 8 s ago still counts", [[0, 0], [400, 4000], [1600, 8000]], 200], // prettier-ignore
  ["there are only two, however old", [[0, 0], [2000, 20_000]], 100], // prettier-ignore
  ["a new upload begins at less", [[9000, 0], [9500, 1000], [0, 2000], [300, 3000]], 300], // prettier-ignore
] as const)("when %s", (_when, samples, rate) => {
  expect(meterOf(samples).rate()).toBe(rate);
});

it("knows nothing after it was reset", () => {
  const meter = meterOf([
    [0, 0],
    [1000, 1000],
  ]);
  meter.reset();
  expect(meter.rate()).toBeNull();
  meter.note(500, 1500);
  expect(meter.rate()).toBeNull();
});

it.each([
  [3000, 1000, 3],
  [0, null, 0],
  [0, 1000, 0],
  [-5, 1000, 0],
  [1, 2, 0.5],
  [3000, null, null],
  [3000, 0, null],
])("of %i bytes at %s a second, the seconds left are %s", (left, rate, seconds) => {
  expect(secondsLeft(left, rate)).toBe(seconds);
});
