import { expect, it } from "vitest";

import { sounds, wavOf } from "./sounds";

it.each(Object.entries(sounds))("makes the sound %s as a WAV file that fades away", async (_, sound) => {
  const blob = wavOf(sound);
  const data = new DataView(await blob.arrayBuffer());
  const text = (at: number, length: number) =>
    Array.from({ length }, (_each, index) => String.fromCharCode(data.getUint8(at + index))).join("");
  const count = Math.round(sound.seconds * 22_050);
  expect([blob.type, text(0, 4), text(8, 8), text(36, 4), data.byteLength]).toEqual([
    ...["audio/wav", "RIFF", "WAVEfmt ", "data", 44 + 2 * count],
  ]);
  expect([4, 16, 24, 28, 40].map((at) => data.getUint32(at, true))).toEqual([
    ...[36 + 2 * count, 16, 22_050, 44_100, 2 * count],
  ]);
  expect([20, 22, 32, 34].map((at) => data.getUint16(at, true))).toEqual([1, 1, 2, 16]);
  const samples = Array.from({ length: count }, (_each, index) => data.getInt16(44 + 2 * index, true));
  const loudest = (part: readonly number[]) => Math.max(...part.map(Math.abs));
  const quarter = Math.floor(count / 4);
  expect([loudest(samples) > 5000, loudest(samples) <= 9000]).toEqual([true, true]);
  expect(loudest(samples.slice(-quarter))).toBeLessThan(loudest(samples.slice(0, quarter)) / 4);
});
