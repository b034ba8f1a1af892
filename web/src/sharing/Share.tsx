import { Share2 } from "lucide-react";
import { lazy } from "react";

import { config, moderates } from "../api/config";
import { retryImport } from "../lib/retryImport";
import { Button, IconButton } from "../ui/Button";
import { useDialog } from "../ui/useDialog";

const ShareDialog = lazy(retryImport(() => import("./ShareDialog")));

interface Props {
  /** The API path of the shared item: `packs/3`, `bdr/…`. */
  of: string;
  name: string;
  isIcon?: boolean;
}

/** Share with people without an account, if the site allows it; owners only. */
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
