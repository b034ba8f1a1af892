/** The page's single audio player. */
import * as v from "valibot";

import { createStore, useStore } from "../../platform/store";
import { storedIn } from "../../platform/stored";
import { fileUrl } from "../../data/assets/urls";

interface Playing {
  /** Null: none. */
  readonly id: number | null;
  readonly isPlaying: boolean;
}

const Settings = v.object({ isLooped: v.boolean(), isMuted: v.boolean(), volume: v.number(), isHeard: v.boolean() });
type Settings = v.InferOutput<typeof Settings>;
const usual: Settings = { isLooped: false, isMuted: false, volume: 1, isHeard: false };

const playing = createStore<Playing>({ id: null, isPlaying: false });
const settings = storedIn<Settings>("pmd.sound", Settings, usual);
let player: HTMLAudioElement | null = null;

function element(): HTMLAudioElement {
  if (player) return player;
  player = new Audio();
  const tell = () => playing.set({ ...playing.get(), isPlaying: !player?.paused });
  for (const event of ["play", "pause", "ended"]) player.addEventListener(event, tell);
  apply();
  return player;
}

function apply(): void {
  if (!player) return;
  const { isLooped, isMuted, volume } = settings.get();
  player.loop = isLooped;
  player.muted = isMuted;
  player.volume = volume;
}

function set(change: Partial<Settings>): void {
  settings.set({ ...settings.get(), ...change });
  apply();
}

export const sound = {
  /** Play from the beginning. Browsers that require a click first reject this; all do where another sound follows at once. */
  play(id: number): void {
    const audio = element();
    if (playing.get().id !== id) audio.src = fileUrl({ id });
    playing.set({ id, isPlaying: true });
    audio.currentTime = 0;
    audio.play().catch(() => {
      if (playing.get().id === id) playing.set({ id, isPlaying: false });
    });
  },
  toggle(id: number): void {
    if (playing.get().id === id && player && !player.paused) player.pause();
    else sound.play(id);
  },
  stop(): void {
    player?.pause();
  },
  /** Seconds since the beginning. */
  at: () => player?.currentTime ?? 0,
  seek(seconds: number): void {
    element().currentTime = seconds;
  },
  loop: () => set({ isLooped: !settings.get().isLooped }),
  mute: () => set({ isMuted: !settings.get().isMuted }),
  setVolume: (volume: number) => set({ volume, isMuted: false }),
  /** Toggle playing each sound that the cursor reaches. */
  hear: () => set({ isHeard: !settings.get().isHeard }),
};

export const usePlaying = () => useStore(playing);
export const useSoundSettings = () => useStore(settings);
export const isHeard = () => settings.get().isHeard;
