import "./Toasts.css";

import { t } from "@lingui/core/macro";
import { X } from "lucide-react";
import { useEffect, useState } from "react";

import { type Toast, toast, useToasts } from "./toast";
import { Button, IconButton } from "./Button";

/** Toasts over the list. Their timers pause while one is hovered or focused. */
export function Toasts() {
  const toasts = useToasts();
  const [isHeld, setHeld] = useState(false);
  return (
    <section
      className="toasts"
      aria-label={t`Notifications`}
      aria-live="polite"
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toasts.map((each) => (
        <Notice key={each.id} notice={each} isHeld={isHeld} />
      ))}
    </section>
  );
}

function Notice({ notice, isHeld }: { notice: Toast; isHeld: boolean }) {
  const { id, duration } = notice;
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => toast.dismiss(id), duration);
    return () => clearTimeout(timer);
  }, [id, duration, isHeld]);
  return (
    <div className="toast" data-row data-tone={notice.tone}>
      <p>{notice.text}</p>
      <IconButton icon={X} label={t({ message: "Dismiss", context: "notice" })} onClick={() => toast.dismiss(id)} />
      {(notice.action ?? notice.more) && (
        <div className="buttons">
          {[notice.action, notice.more].map(
            (each) =>
              each && (
                <Button
                  key={each.label}
                  onClick={() => {
                    toast.dismiss(id);
                    each.onClick();
                  }}
                >
                  {each.label}
                </Button>
              ),
          )}
        </div>
      )}
    </div>
  );
}
