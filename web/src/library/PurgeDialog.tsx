import { Trash2 } from "lucide-react";

import { formatBytes, plural } from "../lib/format";
import { Dialog, DialogFooter } from "../ui/Dialog";
import type { Asset } from "./schema";

interface Props {
  assets: readonly Asset[];
  onPurge: () => void;
  onClose: () => void;
}

export function PurgeDialog({ assets, onPurge, onClose }: Props) {
  const what = plural(assets.length, "file");
  const bytes = assets.reduce((sum, { size_bytes: size }) => sum + size, 0);
  return (
    <Dialog title={`Remove ${what} for good?`} onClose={onClose}>
      <p>
        This cannot be undone. It frees up to {formatBytes(bytes)}; what a post or a built pack still needs is kept for
        it.
      </p>
      <DialogFooter icon={Trash2} isDangerous onConfirm={onPurge} onClose={onClose}>
        Remove {what}
      </DialogFooter>
    </Dialog>
  );
}
