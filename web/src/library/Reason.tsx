/** Why a moderator changes somebody else's library: said once for what they are at, and sent with each change. */
import { useSyncExternalStore } from "react";

import { moderates } from "../api/config";
import { TextField } from "../ui/Field";

const LONGEST = 500;
let reason = "";
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function setReason(said: string) {
  reason = said;
  for (const listener of listeners) listener();
}

/** What goes into a change's body; nothing of one's own. */
export function reasoned(): { reason?: string } {
  const said = reason.trim();
  return moderates && said !== "" ? { reason: said } : {};
}

export function ReasonField() {
  const said = useSyncExternalStore(subscribe, () => reason);
  if (!moderates) return null;
  return (
    <TextField
      className="field"
      label="Reason, for the record"
      help="It has to be there before you publish or throw away."
      dir="auto"
      maxLength={LONGEST}
      value={said}
      onChange={setReason}
    />
  );
}
