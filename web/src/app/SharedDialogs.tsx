import { type ComponentType, lazy } from "react";

import { closeShared, type SharedDialog, useSharedDialog } from "../data/dialogs";
import { retryImport } from "../platform/retryImport";
import { LazyDialog } from "../ui/Lazy";

type About = SharedDialog["about"];
type Drawn<Name extends About> = ComponentType<
  Omit<Extract<SharedDialog, { about: Name }>, "about"> & { onClose: () => void }
>;

const dialogs: { [Name in About]: Drawn<Name> } = {
  task: lazy(retryImport(() => import("../features/tasks/TaskDialog"))),
  pack: lazy(retryImport(() => import("../features/packs/AddToPackDialog"))),
  packPosts: lazy(retryImport(() => import("../features/packs/PackPostsDialog"))),
  archive: lazy(retryImport(() => import("../features/uploads/ArchiveDialog"))),
  share: lazy(retryImport(() => import("../features/sharing/ShareDialog"))),
};

/** The dialog that a feature has opened and another one has (`data/dialogs`). */
export function SharedDialogs() {
  const shared = useSharedDialog();
  if (shared === null) return null;
  const Shown = dialogs[shared.about] as ComponentType<SharedDialog & { onClose: () => void }>;
  const close = () => closeShared(shared);
  return (
    <LazyDialog onClose={close}>
      <Shown {...shared} onClose={close} />
    </LazyDialog>
  );
}
