import { Shield } from "lucide-react";
import { lazy } from "react";

import { IconButton } from "../ui/Button";
import { useDialog } from "../ui/Dialog";

const ModerationDialog = lazy(() => import("./ModerationDialog"));

/** Where moderators go from one artist to another, and see what they have done. */
export function ModerationButton() {
  const [open, dialog] = useDialog((onClose) => <ModerationDialog onClose={onClose} />);
  return (
    <>
      <IconButton icon={Shield} label="Moderation: artists and audit trail" title="Moderation" onClick={open} />
      {dialog}
    </>
  );
}
