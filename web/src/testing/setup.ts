import { vi } from "vitest";

// Files that run in one thread share the modules that they import, and with them each other's mocks and stores.
vi.resetModules();
// And the document, where others may have left what they made.
if (typeof document !== "undefined") document.body.replaceChildren();
