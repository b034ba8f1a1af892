import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, Download, EyeOff, FolderOpen, Globe, Image, Link, Trash2, Zap } from "lucide-react";
import type { ReactNode } from "react";

import type { Command } from "../../commands/commands";
import { config, moderates } from "../../data/config";
import { apiUrl } from "../../data/client";
import { formatBytes } from "../../platform/format";
import { FormDialog } from "../../ui/Dialog";
import { LazyDialog } from "../../ui/Lazy";
import { copyText, toast } from "../../ui/toast";
import { useAsked } from "../../ui/useDialog";
import { useWrite } from "../../ui/useWrite";
import { exportPack, refreshPacks, removePack } from "./api";
import { CoverDialog } from "./CoverDialog";
import { isExporting } from "./exporting";
import { linkTo, withdrawLinks } from "./links";
import type { Pack } from "./schema";

/** What can be done with the pack at the cursor: by keys, in its menu and in the palette. */
export function usePackCommands(pack: Pack | null, onOpen: (id: number) => void) {
  const [asked, setAsked, close] = useAsked<{ about: "cover" | "remove"; pack: Pack }>();
  const [isBusy, write] = useWrite(refreshPacks);
  const dialogs: ReactNode = asked && (
    <LazyDialog onClose={close}>
      {asked.about === "cover" ? (
        <CoverDialog pack={asked.pack} onDone={refreshPacks} onClose={close} />
      ) : (
        <RemoveDialog pack={asked.pack} onDone={refreshPacks} onClose={close} />
      )}
    </LazyDialog>
  );
  return { commands: pack === null ? [] : commandsOf(pack), dialogs };

  function commandsOf(pack: Pack): Command[] {
    const { id, edition, download_url: url } = pack;
    const building = isExporting(pack) ? t`it is being built` : null;
    const unbuilt = url === null ? t`it has not been built yet` : null;
    const unshared = pack.seen_by === "owner" ? t`only you see it` : null;
    const shares = config.shares && !moderates;
    return [
      { name: "open", label: t`Open`, icon: FolderOpen, group: "selection", run: () => onOpen(id) },
      {
        ...{ name: "build", label: t`Build edition ${edition + 1}`, icon: Zap, group: "selection" },
        disabledReason: building ?? (isBusy ? t`one moment` : null),
        run: () => write(() => exportPack(id, {})),
      },
      {
        ...{ name: "cover", label: t`Choose cover…`, icon: Image, group: "selection" },
        disabledReason: pack.asset_count === 0 ? t`no file is in it yet` : null,
        run: () => setAsked({ about: "cover", pack }),
      },
      {
        ...{ name: "download", icon: Download, group: "selection", isApart: true, disabledReason: unbuilt },
        label:
          url === null ? t`Download` : t`Download edition ${edition} (${formatBytes(pack.export_size_bytes ?? 0)})`,
        run: () => url !== null && location.assign(apiUrl(url)),
      },
      ...(shares
        ? ([
            {
              ...{ name: "copyLink", label: t`Copy link`, icon: Link, group: "selection", disabledReason: unbuilt },
              run: () => write(async () => copyText(await linkTo(id), t`Link copied.`)),
            },
            {
              ...{ label: t`Show the page`, icon: Globe, group: "selection", disabledReason: unbuilt ?? unshared },
              run: () => write(async () => open(await linkTo(id), "_blank", "noreferrer")),
            },
            {
              ...{ label: t`Take off the site`, icon: EyeOff, group: "selection", isApart: true },
              disabledReason: unshared,
              run: () =>
                write(async () => {
                  const count = await withdrawLinks(id);
                  toast.info(
                    plural(count, {
                      one: `# link to “${pack.name}” no longer works.`,
                      other: `# links to “${pack.name}” no longer work.`,
                    }),
                  );
                }),
            },
          ] satisfies Command[])
        : []),
      {
        ...{ name: "remove", label: t`Delete the pack`, icon: Trash2, group: "selection", isDangerous: true },
        disabledReason: building,
        run: () => setAsked({ about: "remove", pack }),
      },
    ];
  }
}

interface RemoveProps {
  pack: Pack;
  /** The request is on its way. */
  onSent?: (removing: Promise<unknown>) => void;
  onDone: () => void;
  onClose: () => void;
}

export function RemoveDialog({ pack, onSent, onDone, onClose }: RemoveProps) {
  const editions = pack.edition === 0 ? "" : t` and its editions`;
  return (
    <FormDialog
      title={t`Delete “${pack.name}”?`}
      icon={Trash2}
      confirm={t`Delete pack`}
      isDangerous
      onSubmit={async () => {
        const removing = removePack(pack.id);
        onSent?.(removing);
        await removing;
        toast.info(t`The pack was deleted. Its files stay in your library.`);
        onDone();
        onClose();
      }}
      onClose={onClose}
    >
      <p>
        <CircleAlert aria-hidden />{" "}
        <Trans>This deletes the pack{editions}, and its links stop working. The files stay in your library.</Trans>
      </p>
    </FormDialog>
  );
}
