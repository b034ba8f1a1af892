/** Plays a loop's seam: the last seconds before its end, and without a pause the first ones behind its start. */
import { fileUrl } from "../../data/assets/urls";

const SECONDS = 2;

export interface SeamPlayer {
  play: (start: number, end: number) => Promise<void>;
  close: () => void;
}

/** A player for one file, which is read and decoded once. */
export function seamPlayer(assetId: number): SeamPlayer {
  const context = new AudioContext();
  let sound: Promise<AudioBuffer> | null = null;
  let playing: AudioBufferSourceNode[] = [];

  const read = async () => {
    const answer = await fetch(fileUrl({ id: assetId }));
    if (!answer.ok) throw new Error(`The sound cannot be read: ${answer.status}.`);
    return context.decodeAudioData(await answer.arrayBuffer());
  };
  const part = (buffer: AudioBuffer, at: number, from: number, seconds: number) => {
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    source.start(at, from, seconds);
    return source;
  };
  const stop = () => {
    for (const source of playing) source.stop();
    playing = [];
  };

  return {
    async play(start, end) {
      sound ??= read();
      const buffer = await sound.catch((error: unknown) => {
        sound = null; // the next click tries again
        throw error;
      });
      await context.resume();
      stop();
      const length = Math.min(SECONDS, end - start);
      const now = context.currentTime;
      playing = [part(buffer, now, end - length, length), part(buffer, now + length, start, length)];
    },
    close() {
      stop();
      void context.close();
    },
  };
}
