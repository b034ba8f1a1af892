/** Positions of events on a timeline; long waits are compressed so that the rest stays visible. */
import type { StoryEvent } from "./schema";

interface Bar {
  /** Percent of the timeline. */
  at: number;
  width: number;
  look: "wait" | "fault" | "work";
}

/** The compressed length of a wait. */
const drawn = (seconds: number) => Math.log1p(Math.max(seconds, 0) * 10);

export function layOut(events: readonly StoryEvent[]): Bar[] {
  const first = events[0];
  if (!first) return [];
  const from = Date.parse(first.at);
  const since = (event: StoryEvent) => (Date.parse(event.at) - from) / 1000;
  const whole = Math.max(...events.map((event) => drawn(since(event) + (event.seconds ?? 0))), 1e-6);
  return events.map((event) => {
    const at = (drawn(since(event)) / whole) * 100;
    const end = (drawn(since(event) + (event.seconds ?? 0)) / whole) * 100;
    const isWait = event.place === "queue" || event.place === "breaker";
    return { at: Math.min(at, 99), width: end - at, look: event.is_fault ? "fault" : isWait ? "wait" : "work" };
  });
}

/** As text, to paste into a message. */
export function asText(title: string, events: readonly StoryEvent[]): string {
  const lines = events.map(({ at, place, what, seconds }) => {
    const took = seconds === null ? "" : ` (${seconds.toFixed(3)} s)`;
    return `${at}  ${place}: ${what}${took}`;
  });
  return [title, ...lines].join("\n");
}
