import { Shield } from "lucide-react";
import { lazy, Suspense, useState } from "react";

const ModerationDialog = lazy(() => import("./ModerationDialog"));

/** Where moderators go from one artist to another, and see what they have done. */
export function ModerationButton() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label="Moderation: artists and audit trail"
        title="Moderation"
        onClick={() => setOpen(true)}
      >
        <Shield aria-hidden />
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <ModerationDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
