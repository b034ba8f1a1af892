/** Why a moderator changes somebody else's library: said once for what they are at, and sent with each change. */
import { moderates } from "../api/config";
import { createStore, useStore } from "../lib/store";
import { TextField } from "../ui/Field";

const LONGEST = 500;
const reason = createStore("");

/** What goes into a change's body; nothing of one's own. */
export function reasoned(): { reason?: string } {
  const said = reason.get().trim();
  return moderates && said !== "" ? { reason: said } : {};
}

export function ReasonField() {
  const said = useStore(reason);
  if (!moderates) return null;
  return (
    <TextField
      className="field"
      label="Reason, for the record"
      help="It has to be there before you publish or throw away."
      dir="auto"
      maxLength={LONGEST}
      value={said}
      onChange={reason.set}
    />
  );
}
