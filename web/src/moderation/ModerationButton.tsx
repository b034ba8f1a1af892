import { Shield } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { IconButton } from "../ui/Button";

const ModerationDialog = lazy(() => import("./ModerationDialog"));

/** Where moderators go from one artist to another, and see what they have done. */
export function ModerationButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton
        icon={Shield}
        label="Moderation: artists and audit trail"
        title="Moderation"
        onClick={() => setOpen(true)}
      />
      {isOpen && (
        <Suspense fallback={null}>
          <ModerationDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
