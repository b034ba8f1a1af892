import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Check } from "lucide-react";

import { useStore } from "../../platform/store";
import { Button } from "../../ui/Button";
import { Dialog, DialogFooter } from "../../ui/Dialog";
import { Facts } from "../../ui/Facts";
import { type Field, LABELS, type Names, textOf } from "./cells";
import { desk } from "./useDrafts";

interface Props {
  id: number;
  field: Field;
  names: Names;
  onClose: () => void;
}

/** The same cell was written here and elsewhere: neither is lost before one is chosen. */
export function ConflictDialog({ id, field, names, onClose }: Props) {
  const entry = useStore(desk.sheet).get(id);
  if (!entry) return null;
  const settle = (isMine: boolean) => {
    desk.settle(id, field, isMine);
    onClose();
  };
  return (
    <Dialog title={t`${LABELS[field]}: changed elsewhere too`} onClose={onClose}>
      <p>
        <Trans>Another tab or program has written this cell since you opened it.</Trans>
      </p>
      <Facts
        facts={[
          [t`Yours`, <bdi key="mine">{textOf(field, entry.shown, names) || t`empty`}</bdi>],
          [t`Theirs`, <bdi key="theirs">{textOf(field, entry.served, names) || t`empty`}</bdi>],
        ]}
      />
      <Button onClick={() => settle(false)}>
        <Trans>Take theirs</Trans>
      </Button>
      <DialogFooter icon={Check} cancel={t`Decide later`} onConfirm={() => settle(true)} onClose={onClose}>
        <Trans>Keep mine</Trans>
      </DialogFooter>
    </Dialog>
  );
}
