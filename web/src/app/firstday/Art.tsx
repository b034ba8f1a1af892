import { useLayoutEffect, useRef } from "react";

import { type Drawn, paint } from "./sprites";

export function Art({ drawn }: { drawn: Drawn }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current) paint(drawn, canvas.current);
  }, [drawn]);
  return <canvas ref={canvas} aria-hidden />;
}
