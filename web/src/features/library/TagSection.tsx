import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Tags } from "lucide-react";

import type { Tag } from "../../data/assets/schema";
import { formatCount } from "../../platform/format";
import { fileTag } from "../../platform/text";
import { useDialog } from "../../ui/useDialog";
import type { Filters } from "./filters";
import { useTags } from "./ordering";
import { TagDot } from "./TagChips";
import { TagsDialog } from "./TagsDialog";

/** More are in the dialog. */
const MAX_SHOWN = 8;

interface Props {
  value: string;
  onChange: (part: Pick<Filters, "hashtag">) => void;
}

/** The most frequent hashtags, and the one that is chosen; nothing where files have none. */
export function TagSection({ value, onChange }: Props) {
  const tags = useTags();
  const [open, dialog] = useDialog((onClose) => (
    <TagsDialog onShow={(hashtag) => onChange({ hashtag })} onClose={onClose} />
  ));
  if (tags.length === 0) return null;
  const chosen = fileTag(value);
  return (
    <>
      <h3 className="over">
        <Trans>Tags</Trans>
      </h3>
      <ul aria-label={t`Tags`}>
        {shownOf(tags, chosen).map(({ name, color, file_count: count }) => (
          <li key={name}>
            <button
              type="button"
              className="side-choice beside"
              aria-pressed={name === chosen}
              onClick={() => onChange({ hashtag: name === chosen ? "" : name })}
            >
              <TagDot color={color} />
              <bdi className="cut grow">{name}</bdi>
              <span className="count">{formatCount(count)}</span>
            </button>
          </li>
        ))}
        <li>
          <button type="button" className="side-choice beside" onClick={open}>
            <Tags aria-hidden />
            <span className="grow">
              <Trans>All tags…</Trans>
            </span>
            <span className="count">{formatCount(tags.length)}</span>
          </button>
        </li>
      </ul>
      {dialog}
    </>
  );
}

function shownOf(tags: readonly Tag[], chosen: string): readonly Tag[] {
  const frequent = tags.toSorted((a, b) => b.file_count - a.file_count);
  const first = frequent.slice(0, MAX_SHOWN);
  const own = frequent.find(({ name }) => name === chosen);
  return own && !first.includes(own) ? [...first, own] : first;
}
