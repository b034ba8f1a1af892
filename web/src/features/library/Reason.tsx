/** A moderator's reason for changing another user's library: entered once, sent with each change. */
import { t } from "@lingui/core/macro";

import { moderates } from "../../data/config";
import { createStore, useStore } from "../../platform/store";
import { TextField } from "../../ui/Field";

const LONGEST = 500;
const reason = createStore("");

/** Added to a request's body; empty in one's own library. */
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
      label={t`Reason, for the record`}
      help={t`Required before you publish or delete.`}
      dir="auto"
      maxLength={LONGEST}
      value={said}
      onChange={reason.set}
    />
  );
}
