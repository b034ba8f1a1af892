import { afterAll, vi } from "vitest";

// Files that run in one thread share the modules that they import, and with them each other's mocks and stores.
vi.resetModules();
// And the document, with what a file before has left in it.
if (typeof document !== "undefined") document.body.replaceChildren();
// And the globals: a frame that is only noted never comes in the next file.
afterAll(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});
