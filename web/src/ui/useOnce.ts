import { newIdempotencyKey } from "@pmd/client";
import { useRef } from "react";

/** Sends a request with one key until it succeeds: sent again after a lost answer it is done once, and changed it is another. */
export function useOnce() {
  const last = useRef({ text: "", key: "" });
  return async <T>(body: unknown, send: (key: string) => Promise<T>): Promise<T> => {
    const text = JSON.stringify(body);
    if (last.current.text !== text) last.current = { text, key: newIdempotencyKey() };
    const answer = await send(last.current.key);
    last.current.text = "";
    return answer;
  };
}
