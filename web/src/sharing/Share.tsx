import { Share2 } from "lucide-react";
import { lazy } from "react";

import { config, moderates } from "../api/config";
import { retryImport } from "../lib/retryImport";
import { Button, IconButton } from "../ui/Button";
import { useDialog } from "../ui/useDialog";

const ShareDialog = lazy(retryImport(() => import("./ShareDialog")));

interface Props {
  /** What is shared, as its address has it: `packs/3`, `bdr/…`. */
  of: string;
  name: string;
  isIcon?: boolean;
}

/** Show it to people without an account, where the site has that; only an owner does. */
export function Share({ of, name, isIcon }: Props) {
  const [open, dialog] = useDialog((onClose) => <ShareDialog of={of} name={name} onClose={onClose} />);
  if (!config.shares || moderates) return null;
  return (
    <>
      {isIcon ? (
        <IconButton icon={Share2} label={`Share ${name}`} title="Share" onClick={open} />
      ) : (
        <Button icon={Share2} onClick={open}>
          Share
        </Button>
      )}
      {dialog}
    </>
  );
}
