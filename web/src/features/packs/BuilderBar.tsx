import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Images, Pencil } from "lucide-react";
import type { RefObject } from "react";

import { config, moderates } from "../../data/config";
import { Bar, Tabs } from "../../ui/Bar";
import { Button, IconButton } from "../../ui/Button";
import { PageLink } from "../../ui/OpenLink";
import { BackLink } from "../../ui/PageBody";
import { SearchBox } from "../../ui/SearchBox";
import { useWrite } from "../../ui/useWrite";
import { refreshPacks } from "./api";
import { linkTo } from "./links";
import type { Pack } from "./schema";

/** Which files are shown: all, those that the newest edition lacks, those with something to do. */
export type Tab = "all" | "new" | "todo";

interface Props {
  pack: Pack;
  tab: Tab;
  setTab: (tab: Tab) => void;
  text: string;
  setText: (text: string) => void;
  counts: Readonly<Record<Tab, number>>;
  isBuilding: boolean;
  search: RefObject<HTMLInputElement | null>;
  onEdit: () => void;
  onBack: () => void;
}

export function BuilderBar({ pack, tab, setTab, text, setText, counts, isBuilding, search, onEdit, onBack }: Props) {
  const [isBusy, write] = useWrite(refreshPacks);
  return (
    <Bar title={pack.name} back={<BackLink to="packs" words={t`Packs`} onOpen={onBack} />} isTitled>
      <IconButton icon={Pencil} label={t`Name and licence`} title={t`Name and licence (e)`} onClick={onEdit} />
      <span className="muted wide-only">{isBuilding ? t`Building edition ${pack.edition + 1}` : standing(pack)}</span>
      <span className="grow" />
      <Tabs<Tab>
        label={t`Which files`}
        options={[
          { value: "all", words: t`All`, count: counts.all },
          ...(counts.new > 0 ? [{ value: "new" as const, words: t`New`, count: counts.new }] : []),
          ...(counts.todo > 0
            ? [
                {
                  ...{ value: "todo" as const, words: t`To do`, count: counts.todo },
                  mark: <span className="state-mark" data-state="new" aria-hidden />,
                },
              ]
            : []),
        ]}
        value={tab}
        onChange={setTab}
      />
      <SearchBox ref={search} aria-label={t`Search the pack`} placeholder={t`Name`} value={text} onChange={setText} />
      <PageLink
        className="button edged"
        icon={Images}
        page="library"
        query={{ state: "approved" }}
        aria-label={t`Add files`}
      >
        <span className="wide-only">
          <Trans>Add files</Trans>
        </span>
      </PageLink>
      {pack.download_url && config.shares && !moderates && (
        <Button
          look="quiet wide-only"
          disabled={isBusy || pack.seen_by === "owner"}
          onClick={() => write(async () => open(await linkTo(pack.id), "_blank", "noreferrer"))}
        >
          <Trans>Show the page</Trans>
        </Button>
      )}
    </Bar>
  );
}

const standing = ({ edition, is_changed: isChanged }: Pack) =>
  edition === 0 ? t`Not built yet` : isChanged ? t`Changed since edition ${edition}` : t`Edition ${edition}`;
