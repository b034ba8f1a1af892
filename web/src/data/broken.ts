/** Pictures that did not arrive: once the session or the network is back they are asked for again. */
import { useState } from "react";

import { createStore, useStore } from "../platform/store";
import { isSessionOver, onSessionChange } from "./session";

/** How often they came back. */
const returns = createStore(0);
export const onReturn = returns.subscribe;
export const useReturns = () => useStore(returns);

/** Elements that React keeps are told by themselves: it never sets a prop again that has not changed. */
function fetchAgain(): void {
  if (isSessionOver()) return;
  for (const image of document.querySelectorAll("img")) {
    const { complete, naturalWidth, src } = image;
    if (complete && naturalWidth === 0 && src) image.src = src;
  }
  for (const media of document.querySelectorAll<HTMLMediaElement>("audio,video")) if (media.error) media.load();
  returns.set(returns.get() + 1);
}
onSessionChange(fetchAgain);
window.addEventListener("online", fetchAgain);

/** Whether a picture did not arrive, and the function that notes it. */
export function useBroken(): readonly [isBroken: boolean, note: () => void] {
  const now = useReturns();
  const [at, setAt] = useState<number | null>(null);
  return [at === now, () => setAt(now)];
}
