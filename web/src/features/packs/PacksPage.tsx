import "./packs.css";

import { useOverlay } from "../../platform/address";
import { KeepMounted } from "../../ui/KeepMounted";
import { usePacks } from "./api";
import { PackBuilder } from "./PackBuilder";
import { Shelf } from "./Shelf";

export default function PacksPage() {
  const [opened, open, close] = useOverlay("pack");
  const { packs, error, retry } = usePacks();
  const openedId = Number(opened) || null;
  const live = packs?.find(({ id }) => id === openedId) ?? null;
  return (
    <KeepMounted
      by={openedId !== null && <PackBuilder key={openedId} id={openedId} live={live} onBack={close} />}
      onClose={close}
    >
      <Shelf packs={packs} error={error} onRetry={retry} onOpen={open} />
    </KeepMounted>
  );
}
