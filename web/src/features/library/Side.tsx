import "./Side.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import {
  Clapperboard,
  Copy,
  Download,
  File,
  Image,
  type LucideIcon,
  Music,
  ShieldQuestion,
  Trash2,
} from "lucide-react";

import { setLook } from "./query";
import { formatCount } from "../../platform/format";
import { IconButton } from "../../ui/Button";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { type Filters, NO_LICENCE, type sortFrom } from "./filters";
import { FolderTree } from "./FolderTree";
import { FOLDERS } from "./ordering";
import { LabelButtons, StarButtons } from "./Judged";
import type { AssetType, Facet, Facets, FolderPage } from "../../data/assets/schema";
import { isInSample, removeSample, SAMPLE_FOLDER } from "./sample";
import { SmartFolders } from "./SmartFolders";
import { TagSection } from "./TagSection";
import { typeNames } from "./words";

const icons: Record<AssetType, LucideIcon> = { image: Image, audio: Music, video: Clapperboard, other: File };

interface Props {
  filters: Filters;
  sorted: ReturnType<typeof sortFrom>;
  folders: FolderPage["items"];
  facets: Facets | null;
  onChange: (part: Partial<Filters>) => void;
  /** Another view is about to be opened. */
  onLeave: () => void;
  onDownload: (folder: string) => void;
}

/** The sidebar: folders, smart folders, tags, stars, labels, kinds and to-dos, all of them filters that also appear in the search. */
export function Side({ filters, sorted, folders, facets, onChange, onLeave, onDownload }: Props) {
  const countOf = (all: readonly Facet[] | undefined, value: string) =>
    all && formatCount(all.find((each) => each.value === value)?.count ?? 0);
  return (
    <aside className="side" aria-label={t`Filters`}>
      <div className="side-head beside">
        <h3 className="over grow">
          <Trans>Folders</Trans>
        </h3>
        {filters.folder && (
          <IconButton
            icon={Download}
            label={t`Download ${filters.folder}`}
            title={t`Download this folder`}
            onClick={() => onDownload(filters.folder)}
          />
        )}
      </div>
      <FolderTree folders={folders} value={filters.folder} onChange={(folder) => onChange({ folder })} />
      {isInSample(filters.folder) && <SampleRow />}
      <SmartFolders filters={filters} sorted={sorted} onOpen={onLeave} />
      <TagSection value={filters.hashtag} onChange={onChange} />
      <h3 className="over">
        <Trans>Minimum rating</Trans>
      </h3>
      <StarButtons
        rating={Number(filters.rating)}
        onRate={(rating) => onChange({ rating: rating === 0 ? "" : String(rating) })}
      />
      <h3 className="over">
        <Trans>Labels</Trans>
      </h3>
      <LabelButtons
        className="side-flags"
        label={filters.label === "" ? null : Number(filters.label)}
        {...(facets && { countOf: (label) => countOf(facets.label, String(label)) ?? "0" })}
        onLabel={(label) => onChange({ label: String(label) === filters.label ? "" : String(label) })}
      />
      <h3 className="over">
        <Trans>Kind</Trans>
      </h3>
      <ul>
        {(Object.keys(typeNames) as AssetType[]).map((type) => (
          <Choice
            key={type}
            icon={icons[type]}
            words={typeNames[type]}
            count={countOf(facets?.type, type)}
            isOn={filters.type === type}
            onToggle={(isOn) => onChange({ type: isOn ? type : "" })}
          />
        ))}
      </ul>
      <h3 className="over">
        <Trans>To do</Trans>
      </h3>
      <ul>
        <Choice
          icon={ShieldQuestion}
          words={t`No licence`}
          isOn={filters.license === NO_LICENCE}
          onToggle={(isOn) => onChange({ license: isOn ? NO_LICENCE : "" })}
        />
        <Choice icon={Copy} words={t`Similar files`} isOn={false} onToggle={() => setLook("alike")} />
      </ul>
    </aside>
  );
}

/** The sample of the first day goes as it came. */
function SampleRow() {
  const client = useQueryClient();
  const [isBusy, write] = useWrite(() => void client.invalidateQueries({ queryKey: [FOLDERS] }));
  const remove = async () => {
    const count = await removeSample();
    toast.success(t`${SAMPLE_FOLDER} is gone: ${plural(count, { one: "# file", other: "# files" })} deleted.`);
  };
  return (
    <button type="button" className="side-choice beside" disabled={isBusy} onClick={() => write(remove)}>
      <Trash2 aria-hidden />
      <span className="grow">
        <Trans>Remove the sample</Trans>
      </span>
    </button>
  );
}

interface ChoiceProps {
  icon: LucideIcon;
  words: string;
  count?: string | undefined;
  isOn: boolean;
  onToggle: (isOn: boolean) => void;
}

function Choice({ icon: Icon, words, count, isOn, onToggle }: ChoiceProps) {
  return (
    <li>
      <button type="button" className="side-choice beside" aria-pressed={isOn} onClick={() => onToggle(!isOn)}>
        <Icon aria-hidden />
        <span className="grow">{words}</span>
        {count !== undefined && <span className="count">{count}</span>}
      </button>
    </li>
  );
}
