import { ArchiveRestore } from "lucide-react";
import { useState } from "react";

import { config } from "../../../data/config";
import { refreshImports } from "../../../data/imports/imports";
import type { Import } from "../../../data/imports/schema";
import { useLicenses } from "../../../data/queries";
import { formatCount, plural } from "../../../platform/format";
import { Button } from "../../../ui/Button";
import { Choice, SelectField } from "../../../ui/Field";
import { FormError } from "../../../ui/FormError";
import { useWrite } from "../../../ui/useWrite";
import { startImport } from "./api";
import { Block } from "./Block";
import { choicesOf, type Draft, draftOf } from "./choices";
import { plannedOf } from "./words";

/** How many hashtags are shown at first. */
const SHOWN = 12;
const ABOUT = "Texts and dates stay as they are in the archive. What is here already stays as it is.";

/** What is made of the archive: posts or files, hidden or not, with which licences and hashtags. */
export function ImportChoices({ of: each }: { of: Import }) {
  const canPublish = config.limits.can_publish;
  const [draft, setDraft] = useState(() => draftOf(each, canPublish));
  const [error, setError] = useState<string | null>(null);
  const [isBusy, write] = useWrite(refreshImports, setError);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const { counts } = each.report;
  const hasPosts = counts.some(({ kind, outcome }) => kind === "post" && outcome !== "present");
  const planned = plannedOf(each, draft.asFiles);
  const isGoingOn = each.stage === "import";
  const start = async () => {
    setError(null);
    await startImport(each.id, choicesOf(draft, each));
  };
  return (
    <Block title="What is made of it" about={ABOUT}>
      <form
        className="data-form"
        onSubmit={(event) => {
          event.preventDefault();
          write(start);
        }}
      >
        {hasPosts && (
          <fieldset>
            <legend className="over">Posts become</legend>
            <Choice
              type="radio"
              name="posts-as"
              checked={!draft.asFiles}
              disabled={!canPublish}
              note={canPublish ? "With their dates." : "This site does not publish from here."}
              onChange={() => change({ asFiles: false })}
            >
              Posts
            </Choice>
            <Choice
              type="radio"
              name="posts-as"
              checked={draft.asFiles}
              note="Nothing is published; publish them from the library when you like."
              onChange={() => change({ asFiles: true })}
            >
              Files of the library
            </Choice>
            {!draft.asFiles && (
              <Choice
                type="checkbox"
                checked={draft.isHidden}
                note="Only you see them until you unhide them."
                onChange={(isHidden) => change({ isHidden })}
              >
                Hide all of them at first
              </Choice>
            )}
          </fieldset>
        )}
        <Licenses of={each} value={draft.licenses} onChange={(licenses) => change({ licenses })} />
        <Hashtags of={each} value={draft.hashtags} onChange={(hashtags) => change({ hashtags })} />
        {error && <FormError>{error}</FormError>}
        <div className="buttons">
          <Button type="submit" icon={ArchiveRestore} look="primary" disabled={isBusy || planned === 0}>
            {isGoingOn ? "Go on" : `Import ${formatCount(planned)}`}
          </Button>
          {!isGoingOn && <span className="muted">It can be undone for 30 days.</span>}
        </div>
      </form>
    </Block>
  );
}

interface LicensesProps {
  of: Import;
  value: Draft["licenses"];
  onChange: (value: Draft["licenses"]) => void;
}

function Licenses({ of: each, value, onChange }: LicensesProps) {
  const own = useLicenses().data?.items ?? [];
  const names = Object.keys(each.report.licenses).sort();
  if (names.length === 0 || own.length === 0) return null;
  return (
    <fieldset>
      <legend className="over">Licences</legend>
      <div className="mapping">
        {names.map((name) => (
          <SelectField
            key={name}
            className="field"
            label={
              <>
                <bdi>{name}</bdi> becomes
              </>
            }
            value={value[name] ?? ""}
            options={own.map(({ id, title }) => [id, title] as const)}
            onChange={(id) => onChange({ ...value, [name]: id === "" ? null : Number(id) })}
          >
            <option value="">No licence</option>
          </SelectField>
        ))}
      </div>
    </fieldset>
  );
}

interface HashtagsProps {
  of: Import;
  value: Draft["hashtags"];
  onChange: (value: Draft["hashtags"]) => void;
}

function Hashtags({ of: each, value, onChange }: HashtagsProps) {
  const [isWhole, setWhole] = useState(false);
  const tags = Object.entries(each.report.hashtags).sort(([a, ofA], [b, ofB]) => ofB - ofA || a.localeCompare(b));
  if (tags.length === 0) return null;
  const shown = isWhole ? tags : tags.slice(0, SHOWN);
  return (
    <details>
      <summary>{plural(tags.length, "hashtag")}: change them, or leave one out by emptying its field</summary>
      <div className="mapping">
        {shown.map(([tag, count]) => (
          <label key={tag} className="field">
            <span>
              <bdi>{tag}</bdi> <span className="numbers">{formatCount(count)}</span>
            </span>
            <input
              type="text"
              maxLength={64}
              dir="auto"
              autoComplete="off"
              placeholder="left out"
              value={value[tag] ?? tag}
              onChange={(event) => onChange({ ...value, [tag]: event.target.value })}
            />
          </label>
        ))}
      </div>
      {shown.length < tags.length && (
        <Button look="quiet" onClick={() => setWhole(true)}>
          Show {plural(tags.length - shown.length, "more hashtag")}
        </Button>
      )}
    </details>
  );
}
