import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Share2 } from "lucide-react";

import { Button, IconButton } from "../ui/Button";
import { config, moderates } from "./config";
import { openShared } from "./dialogs";

interface Props {
  /** The API path of the shared item: `packs/3`, `bdr/…`. */
  of: string;
  name: string;
  isIcon?: boolean;
}

/** Share with people without an account, if the site allows it; owners only. */
export function ShareButton({ of, name, isIcon }: Props) {
  if (!config.shares || moderates) return null;
  const open = () => openShared({ about: "share", of, name });
  if (isIcon) return <IconButton icon={Share2} label={t`Share ${name}`} title={t`Share`} onClick={open} />;
  return (
    <Button icon={Share2} onClick={open}>
      <Trans>Share</Trans>
    </Button>
  );
}
