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
    <Dialog title={`${LABELS[field]}: changed elsewhere too`} onClose={onClose}>
      <p>Another tab or program has written this cell since you opened it.</p>
      <Facts
        facts={[
          ["Yours", <bdi key="mine">{textOf(field, entry.shown, names) || "empty"}</bdi>],
          ["Theirs", <bdi key="theirs">{textOf(field, entry.served, names) || "empty"}</bdi>],
        ]}
      />
      <Button onClick={() => settle(false)}>Take theirs</Button>
      <DialogFooter icon={Check} cancel="Decide later" onConfirm={() => settle(true)} onClose={onClose}>
        Keep mine
      </DialogFooter>
    </Dialog>
  );
}
