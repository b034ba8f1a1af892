/** The sample's sounds: WAV files of 16 bits, made by code. */

const RATE = 22_050;

interface Sound {
  readonly seconds: number;
  /** Hertz at its beginning and at its end. */
  readonly pitch: readonly [from: number, to: number];
  readonly form: "square" | "triangle" | "noise";
}

export const sounds: Readonly<Record<string, Sound>> = {
  coin: { seconds: 0.25, pitch: [988, 1319], form: "square" },
  jump: { seconds: 0.22, pitch: [220, 720], form: "square" },
  hurt: { seconds: 0.3, pitch: [420, 90], form: "square" },
  step: { seconds: 0.08, pitch: [900, 300], form: "noise" },
  wave: { seconds: 1.4, pitch: [700, 250], form: "noise" },
  bell: { seconds: 0.9, pitch: [660, 655], form: "triangle" },
};

function samplesOf({ seconds, pitch: [from, to], form }: Sound): Int16Array {
  const count = Math.round(seconds * RATE);
  let phase = 0;
  let held = 0;
  let seed = 1;
  return Int16Array.from({ length: count }, (_, at) => {
    const share = at / count;
    const before = phase;
    phase += (from + (to - from) * share) / RATE;
    if (form === "noise" && Math.floor(2 * phase) !== Math.floor(2 * before)) {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      held = seed / 1_073_741_824 - 1;
    }
    const turn = phase % 1;
    const wave = form === "noise" ? held : form === "square" ? (turn < 0.5 ? 1 : -1) : 4 * Math.abs(turn - 0.5) - 1;
    const loudness = Math.min(1, at / 60) * (1 - share) ** 1.5;
    return Math.round(wave * loudness * 9000);
  });
}

/** RIFF WAVE, PCM, one channel. */
export function wavOf(sound: Sound): Blob {
  const samples = samplesOf(sound);
  const head = new DataView(new ArrayBuffer(44));
  const text = (at: number, word: string) =>
    new TextEncoder().encode(word).forEach((code, i) => head.setUint8(at + i, code));
  text(0, "RIFF");
  head.setUint32(4, 36 + samples.byteLength, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, RATE, true);
  head.setUint32(28, RATE * 2, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  text(36, "data");
  head.setUint32(40, samples.byteLength, true);
  return new Blob([head, samples.buffer as ArrayBuffer], { type: "audio/wav" });
}
