import "./tags.css";

import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";

import type { Tag, TagColor } from "../../data/assets/schema";
import { formatCount } from "../../platform/format";
import { withToggled } from "../../platform/lists";
import { fileTag } from "../../platform/text";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { useFormWrite, useWrite } from "../../ui/useWrite";
import { colorTag, FOLDERS, renameTags, useTags } from "./ordering";
import { TagDot } from "./TagChips";

const COLORS: readonly TagColor[] = ["red", "orange", "yellow", "green", "teal", "blue", "violet", "pink"];

interface Props {
  onShow: (tag: string) => void;
  onClose: () => void;
}

/** All hashtags: their colours, and renaming, merging and removing the chosen ones. */
export function TagsDialog({ onShow, onClose }: Props) {
  const tags = useTags();
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const client = useQueryClient();
  const refresh = () => client.invalidateQueries({ queryKey: [FOLDERS] });
  const [, write] = useWrite(() => void refresh());
  const begin = fileTag(text.replace("#", "").trim());
  const found = tags.filter(({ name }) => name.includes(begin));
  return (
    <Dialog title={t`Tags`} className="middling" onClose={onClose}>
      <TextField className="field" label={t`Find a tag`} maxLength={64} value={text} onChange={setText} />
      <ul className="tag-list" aria-label={t`All tags`} tabIndex={0}>
        {found.map((tag) => (
          <Row
            key={tag.name}
            tag={tag}
            isChosen={chosen.has(tag.name)}
            onChoose={() => setChosen(withToggled(chosen, tag.name))}
            onColor={(color) => write(() => colorTag(tag, color))}
            onShow={() => {
              onShow(tag.name);
              onClose();
            }}
          />
        ))}
        {found.length === 0 && (
          <li className="muted">
            <Trans>No tag has “{text}”.</Trans>
          </li>
        )}
      </ul>
      <Acts
        key={[...chosen].join(" ")}
        chosen={tags.filter(({ name }) => chosen.has(name))}
        tags={tags}
        onDone={async (names) => {
          // What was chosen meanwhile is about the next one.
          setChosen((now) => new Set([...now].filter((name) => !names.includes(name))));
          await refresh();
        }}
      />
    </Dialog>
  );
}

interface RowProps {
  tag: Tag;
  isChosen: boolean;
  onChoose: () => void;
  onColor: (color: TagColor | null) => void;
  onShow: () => void;
}

function Row({ tag, isChosen, onChoose, onColor, onShow }: RowProps) {
  return (
    <li>
      <label>
        <input type="checkbox" checked={isChosen} onChange={onChoose} />
        <TagDot color={tag.color} />
        <bdi className="cut">{tag.name}</bdi>
      </label>
      <select
        aria-label={t`Colour of ${tag.name}`}
        value={tag.color ?? ""}
        onChange={({ target }) => onColor(COLORS.find((each) => each === target.value) ?? null)}
      >
        <option value="">{t`No colour`}</option>
        {COLORS.map((color) => (
          <option key={color}>{color}</option>
        ))}
      </select>
      <Button look="quiet" about={t`with ${tag.name}`} onClick={onShow}>
        {plural(tag.file_count, { one: "# file", other: "# files" })}
      </Button>
    </li>
  );
}

interface ActsProps {
  chosen: readonly Tag[];
  tags: readonly Tag[];
  onDone: (names: readonly string[]) => Promise<void>;
}

/** What becomes of the chosen tags, on all files that have them. */
function Acts({ chosen, tags, onDone }: ActsProps) {
  const [name, setName] = useState(chosen[0]?.name ?? "");
  const [progress, setProgress] = useState<string | null>(null);
  /** The new tag that is asked about: afterwards nobody can tell which files had which tag. Null: none. */
  const [asked, setAsked] = useState<{ newTag: string | null } | null>(null);
  const [isBusy, write, error] = useFormWrite(() => setProgress(null));
  const [only] = chosen;
  if (!only)
    return (
      <p className="muted">
        <Trans>Choose tags to rename, merge or remove them.</Trans>
      </p>
    );
  const names = chosen.map((tag) => tag.name);
  const isMerge = chosen.length > 1;
  const wanted = fileTag(name.trim().replace(/^#/, ""));
  const run = (newTag: string | null) =>
    write(async () => {
      setAsked(null);
      const changed = await renameTags(names, newTag, (done, left) =>
        setProgress(
          left > 0 ? t`${formatCount(done)} of ${plural(done + left, { one: "# file", other: "# files" })}` : null,
        ),
      );
      toast.success(
        newTag === null
          ? t`${isMerge ? plural(names.length, { one: "# tag", other: "# tags" }) : `#${only.name}`} removed from ${plural(changed, { one: "# file", other: "# files" })}.`
          : t`${names.map((each) => `#${each}`).join(", ")} → #${newTag}: ${plural(changed, { one: "# file", other: "# files" })}.`,
      );
      await onDone(names);
    });
  if (asked) {
    const { newTag } = asked;
    const going = chosen.filter((tag) => tag.name !== newTag);
    const most = going.reduce((sum, tag) => sum + tag.file_count, 0);
    const files = plural(most, { one: "# file", other: "# files" });
    const named = going.map((tag) => `#${tag.name}`).join(", ");
    return (
      <div role="alertdialog" aria-label={t`Are you sure?`}>
        <p>
          {newTag === null
            ? t`Remove ${named} from up to ${files}? This can’t be undone.`
            : t`Merge ${named} into #${newTag}, on up to ${files}? This can’t be undone.`}
        </p>
        <div className="beside tag-acts">
          <Button look="danger" onClick={() => run(newTag)}>
            {newTag === null ? t`Remove` : t`Merge`}
          </Button>
          <Button autoFocus onClick={() => setAsked(null)}>
            <Trans>Cancel</Trans>
          </Button>
        </div>
      </div>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isMerge || tags.some((tag) => tag.name === wanted)) setAsked({ newTag: wanted });
        else run(wanted);
      }}
    >
      <div className="beside tag-acts">
        <TextField
          className="field"
          label={isMerge ? t`Name for these ${formatCount(chosen.length)}` : t`New name`}
          maxLength={50}
          value={name}
          onChange={setName}
        />
        <Button
          type="submit"
          icon={Pencil}
          look="primary"
          disabled={isBusy || wanted === "" || (!isMerge && wanted === only.name)}
        >
          {isMerge ? t`Merge ${formatCount(chosen.length)} tags` : t`Rename`}
        </Button>
        <Button icon={Trash2} look="danger" disabled={isBusy} onClick={() => setAsked({ newTag: null })}>
          <Trans>Remove from files</Trans>
        </Button>
      </div>
      {progress && <p role="status">{progress}</p>}
      {error && <FormError>{error}</FormError>}
    </form>
  );
}
