import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";

import { allOf } from "../../data/client";
import { madeWords, makeDrafts } from "../../data/drafts";
import { SmallPreview } from "../../data/assets/SmallPreview";
import { withToggled } from "../../platform/lists";
import { FormDialog } from "../../ui/Dialog";
import { Choice, SelectField, TextField } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { countFiles, listFiles, listFolders } from "./api";

/** How many are shown to choose from; all that are found can be taken. */
const SHOWN = 200;
const PAGE = 512;

interface Props {
  onMade: () => void;
  onClose: () => void;
}

/** All files of a filter. */
async function allIds(query: Record<string, string>): Promise<number[]> {
  const files = await allOf((cursor) => listFiles({ ...query, ...(cursor && { cursor }) }, PAGE));
  return files.map(({ id }) => id);
}

/** Files of the library become drafts: those that are ticked, or all that are found. */
export function AddFiles({ onMade, onClose }: Props) {
  const [folder, setFolder] = useState("");
  const [q, setQ] = useState("");
  const [ticked, setTicked] = useState<ReadonlySet<number>>(new Set());
  const query = { type: "image", ...(folder && { folder }), ...(q.trim() && { q: q.trim() }) };
  const folders =
    useQuery({ queryKey: ["desk-folders"], queryFn: ({ signal }) => listFolders(signal), staleTime: 0 }).data ?? [];
  const files = useQuery({
    queryKey: ["desk-files", query],
    queryFn: ({ signal }) => listFiles(query, SHOWN, signal),
    placeholderData: (before) => before,
    staleTime: 0,
  });
  const count = useQuery({
    queryKey: ["desk-files-count", query],
    queryFn: ({ signal }) => countFiles(query, signal),
    placeholderData: (before) => before,
    staleTime: 0,
  }).data?.total_count;
  const items = files.data?.items ?? [];
  const number = ticked.size || (count ?? 0);
  return (
    <FormDialog
      title={t`Add files`}
      className="wide desk-add"
      icon={Plus}
      confirm={t`Make ${plural(number, { one: "# draft", other: "# drafts" })}`}
      isDisabled={number === 0}
      busy={t`Making drafts…`}
      onSubmit={async () => {
        toast.success(madeWords(await makeDrafts(ticked.size > 0 ? [...ticked] : await allIds(query))));
        onMade();
        onClose();
      }}
      onClose={onClose}
    >
      <div className="fields">
        <SelectField
          label={t`Folder`}
          value={folder}
          options={folders.map((each) => [each.folder, `${each.folder || t`No folder`} (${each.count})`] as const)}
          onChange={setFolder}
        >
          <option value="">{t`The whole library`}</option>
        </SelectField>
        <TextField label={t`Search`} type="search" value={q} onChange={setQ} />
      </div>
      {items.length === 0 && !files.isFetching && (
        <p className="muted">
          <Trans>There is no picture here.</Trans>
        </p>
      )}
      <ul className="desk-files" aria-label={t`Files`}>
        {items.map((asset) => (
          <li key={asset.id}>
            <Choice
              type="checkbox"
              checked={ticked.has(asset.id)}
              onChange={() => setTicked((now) => withToggled(now, asset.id))}
            >
              <SmallPreview asset={asset} /> <bdi className="cut">{asset.name}</bdi>
            </Choice>
          </li>
        ))}
      </ul>
      <p className="muted">
        <Trans>
          {ticked.size > 0
            ? t`${plural(ticked.size, { one: "# file", other: "# files" })} ticked.`
            : t`Tick some, or take all ${plural(count ?? 0, { one: "# file", other: "# files" })} that are found.`}{" "}
          Each becomes a draft.
        </Trans>
      </p>
    </FormDialog>
  );
}
