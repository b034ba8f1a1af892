import { Share2 } from "lucide-react";
import { lazy, Suspense, useState } from "react";

import { Button, IconButton } from "../ui/Button";

const ShareDialog = lazy(() => import("./ShareDialog"));

interface Props {
  /** What is shared, as its address has it: `packs/3`, `bdr/…`. */
  of: string;
  name: string;
  isIcon?: boolean;
}

/** Show it to people without an account. */
export function Share({ of, name, isIcon }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      {isIcon ? (
        <IconButton icon={Share2} label={`Share ${name}`} title="Share" onClick={() => setOpen(true)} />
      ) : (
        <Button icon={Share2} onClick={() => setOpen(true)}>
          Share
        </Button>
      )}
      {isOpen && (
        <Suspense fallback={null}>
          <ShareDialog of={of} name={name} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
