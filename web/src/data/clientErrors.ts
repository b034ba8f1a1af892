/** Reports the page's own mistakes to the service, which logs them. */
import { call } from "./client";

/** For one opened page: the first ones tell what the others follow from. */
const MAX_REPORTS = 10;
/** What the service accepts, in characters. */
const LONGEST = { page: 200, message: 500, stack: 4000 } as const;
/** The rest of an address behind its path, without the line and column that stacks add. */
const QUERIES = /[?#][^\s:)"']*/g;

/** In the service’s log. */
const UNNAMED = "Unknown error";
const reported = new Set<string>();

function report(error: unknown): void {
  const message = String(error).replace(QUERIES, "").slice(0, LONGEST.message) || UNNAMED;
  if (reported.size >= MAX_REPORTS || reported.has(message)) return;
  reported.add(message);
  const stack = (error instanceof Error ? (error.stack ?? "") : "").replace(QUERIES, "").slice(0, LONGEST.stack);
  const body = { page: location.pathname.slice(0, LONGEST.page), message, stack };
  call("POST", "/api/pmd/client-errors", { body }).catch(() => undefined); // it is in the browser's console as well
}

/** Exceptions and rejections that nobody handles, and what an error boundary has caught (`reportError`). */
export function watchErrors(): void {
  window.addEventListener("error", ({ error }: ErrorEvent) => {
    if (error) report(error); // none: a warning of the browser's own
  });
  window.addEventListener("unhandledrejection", ({ reason }) => report(reason));
}
