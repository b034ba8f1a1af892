import { CircleAlert, CircleCheck, Info, X } from "lucide-react";
import { useEffect, useState } from "react";

import { type Toast, toast, type Tone, useToasts } from "./toast";
import { Button, IconButton } from "./Button";

const icons: Record<Tone, typeof Info> = { success: CircleCheck, info: Info, error: CircleAlert };

/** The foot of the page where notices stand; it takes its own room, and none when there is nothing to say. */
export function Toasts() {
  const toasts = useToasts();
  const [isHeld, setHeld] = useState(false);
  return (
    <section
      className="toasts"
      aria-label="Notices"
      aria-live="polite"
      data-empty={toasts.length === 0}
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

/** One notice. Its time stands still while it is pointed at or holds the focus. */
function Notice({ notice, isHeld }: { notice: Toast; isHeld: boolean }) {
  const Icon = icons[notice.tone];
  const { id, duration } = notice;
  useEffect(() => {
    if (isHeld || duration === Infinity) return;
    const timer = setTimeout(() => toast.dismiss(id), duration);
    return () => {
      clearTimeout(timer);
    };
  }, [id, duration, isHeld]);
  return (
    <div className="toast" data-tone={notice.tone}>
      <Icon aria-hidden />
      <p>{notice.text}</p>
      {notice.action && (
        <Button
          onClick={() => {
            toast.dismiss(id);
            notice.action?.onClick();
          }}
        >
          {notice.action.label}
        </Button>
      )}
      <IconButton icon={X} label="Close notice" onClick={() => toast.dismiss(id)} />
    </div>
  );
}
