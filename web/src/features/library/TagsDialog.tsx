import "./tags.css";

import { useQueryClient } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";

import type { Tag, TagColor } from "../../data/assets/schema";
import { formatCount, plural } from "../../platform/format";
import { withToggled } from "../../platform/lists";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
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
  const begin = text.replace("#", "").trim().toLowerCase();
  const found = tags.filter(({ name }) => name.includes(begin));
  return (
    <Dialog title="Tags" className="middling" onClose={onClose}>
      <TextField className="field" label="Find a tag" maxLength={64} value={text} onChange={setText} />
      <ul className="tag-list" aria-label="All tags" tabIndex={0}>
        {found.map((tag) => (
          <Row
            key={tag.name}
            tag={tag}
            isChosen={chosen.has(tag.name)}
            onChoose={() => setChosen(withToggled(chosen, tag.name))}
            onColor={(color) => write(() => colorTag(tag.name, color))}
            onShow={() => {
              onShow(tag.name);
              onClose();
            }}
          />
        ))}
        {found.length === 0 && <li className="muted">No tag has “{text}”.</li>}
      </ul>
      <Acts
        key={[...chosen].join(" ")}
        chosen={tags.filter(({ name }) => chosen.has(name))}
        onDone={async () => {
          setChosen(new Set());
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
        aria-label={`Colour of ${tag.name}`}
        value={tag.color ?? ""}
        onChange={({ target }) => onColor(COLORS.find((each) => each === target.value) ?? null)}
      >
        <option value="">No colour</option>
        {COLORS.map((color) => (
          <option key={color}>{color}</option>
        ))}
      </select>
      <Button look="quiet" about={`with ${tag.name}`} onClick={onShow}>
        {plural(tag.file_count, "file")}
      </Button>
    </li>
  );
}

/** What becomes of the chosen tags, on all files that have them. */
function Acts({ chosen, onDone }: { chosen: readonly Tag[]; onDone: () => Promise<void> }) {
  const [name, setName] = useState(chosen[0]?.name ?? "");
  const [progress, setProgress] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, write] = useWrite(() => setProgress(null), setError);
  const [only] = chosen;
  if (!only) return <p className="muted">Choose tags to rename, merge or remove them.</p>;
  const names = chosen.map((tag) => tag.name);
  const isMerge = chosen.length > 1;
  const wanted = name.trim().replace(/^#/, "").toLowerCase();
  const run = (newTag: string | null) =>
    write(async () => {
      setError(null);
      const changed = await renameTags(names, newTag, (done, left) =>
        setProgress(left > 0 ? `${formatCount(done)} of ${plural(done + left, "file")}` : null),
      );
      toast.success(
        newTag === null
          ? `${isMerge ? plural(names.length, "tag") : `#${only.name}`} removed from ${plural(changed, "file")}.`
          : `${names.map((each) => `#${each}`).join(", ")} → #${newTag}: ${plural(changed, "file")}.`,
      );
      await onDone();
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run(wanted);
      }}
    >
      <div className="beside tag-acts">
        <TextField
          className="field"
          label={isMerge ? `Name for these ${formatCount(chosen.length)}` : "New name"}
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
          {isMerge ? `Merge ${formatCount(chosen.length)} tags` : "Rename"}
        </Button>
        <Button icon={Trash2} look="danger" disabled={isBusy} onClick={() => run(null)}>
          Remove from files
        </Button>
      </div>
      {progress && <p role="status">{progress}</p>}
      {error && <FormError>{error}</FormError>}
    </form>
  );
}
