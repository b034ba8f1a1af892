import { createStore } from "../../platform/store";
import type { MadeKey } from "./schema";
import type { NewSecret } from "./webhooks/schema";

// The service tells a secret only once: it stays until its owner says that they have it, whichever page is open meanwhile.
export const newKey = createStore<MadeKey | null>(null);
export const newSecret = createStore<NewSecret | null>(null);
