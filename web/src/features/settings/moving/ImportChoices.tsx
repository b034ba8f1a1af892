import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArchiveRestore } from "lucide-react";
import { useState } from "react";

import { config } from "../../../data/config";
import { refreshImports } from "../../../data/imports/imports";
import type { Import } from "../../../data/imports/schema";
import { useLicenses } from "../../../data/queries";
import { UNDO_DAYS } from "../../../data/undoDays";
import { formatCount } from "../../../platform/format";
import { Button } from "../../../ui/Button";
import { Facts } from "../../../ui/Facts";
import { Choice, SelectField } from "../../../ui/Field";
import { FormError } from "../../../ui/FormError";
import { useFormWrite } from "../../../ui/useWrite";
import { startImport } from "./api";
import { Block } from "./Block";
import { choicesOf, type Draft, draftOf, type PostsAs, type Texts } from "./choices";
import { plannedOf } from "./words";

/** How many names are shown at first. */
const SHOWN = 12;
const POSTS_AS: readonly (readonly [PostsAs, string, string])[] = [
  ["posts", t`Posts`, t`With their dates.`],
  [
    "drafts",
    t`Drafts`,
    t`With their texts; each keeps its date, which its post gets. Look them over in Publish first.`,
  ],
  ["files", t`Files of the library`, t`Nothing is published; publish them from the library when you like.`],
];
const ABOUT = t`Texts and dates stay as they are in the archive. What is here already stays as it is.`;

/** What is made of the archive: posts, drafts or files, hidden or not, with which licences, warnings and hashtags. */
export function ImportChoices({ of: each }: { of: Import }) {
  const canPublish = config.limits.can_publish;
  const [draft, setDraft] = useState(() => draftOf(each, canPublish));
  const [isBusy, write, error] = useFormWrite(refreshImports);
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const { counts } = each.report;
  const hasPosts = counts.some(({ kind, outcome }) => kind === "post" && outcome !== "present");
  const planned = plannedOf(each, draft.postsAs !== "posts");
  const isGoingOn = each.stage === "import";
  const start = () => startImport(each.id, choicesOf(draft, each));
  return (
    <Block title={t`What is made of it`} about={ABOUT}>
      <form
        className="data-form"
        onSubmit={(event) => {
          event.preventDefault();
          write(start);
        }}
      >
        {hasPosts && (
          <fieldset>
            <legend className="over">
              <Trans>Posts become</Trans>
            </legend>
            {POSTS_AS.map(([postsAs, title, note]) => (
              <Choice
                key={postsAs}
                type="radio"
                name="posts-as"
                checked={draft.postsAs === postsAs}
                disabled={!canPublish && postsAs !== "files"}
                note={canPublish || postsAs === "files" ? note : t`This site does not publish from here.`}
                onChange={() => change({ postsAs })}
              >
                {title}
              </Choice>
            ))}
            {draft.postsAs !== "files" && (
              <Choice
                type="checkbox"
                checked={draft.isHidden}
                note={t`Only you see them until you unhide them.`}
                onChange={(isHidden) => change({ isHidden })}
              >
                <Trans>Hide all of them at first</Trans>
              </Choice>
            )}
          </fieldset>
        )}
        <Licenses of={each} value={draft.licenses} onChange={(licenses) => change({ licenses })} />
        <Columns of={each} />
        <Renamed
          words={(count) => plural(count, { one: "# content warning", other: "# content warnings" })}
          counts={each.report.warnings}
          maxLength={500}
          value={draft.warnings}
          onChange={(warnings) => change({ warnings })}
        />
        <Renamed
          words={(count) => plural(count, { one: "# hashtag", other: "# hashtags" })}
          counts={each.report.hashtags}
          maxLength={64}
          value={draft.hashtags}
          onChange={(hashtags) => change({ hashtags })}
        />
        {error && <FormError>{error}</FormError>}
        <div className="buttons">
          <Button type="submit" icon={ArchiveRestore} look="primary" disabled={isBusy || planned === 0}>
            {isGoingOn ? t`Go on` : t`Import ${formatCount(planned)}`}
          </Button>
          {!isGoingOn && (
            <span className="muted">
              <Trans>It can be undone for {UNDO_DAYS} days.</Trans>
            </span>
          )}
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
      <legend className="over">
        <Trans>Licences</Trans>
      </legend>
      <div className="mapping">
        {names.map((name) => (
          <SelectField
            key={name}
            className="field"
            label={
              <Trans>
                <bdi>{name}</bdi> becomes
              </Trans>
            }
            value={value[name] ?? ""}
            options={own.map(({ id, title }) => [id, title] as const)}
            onChange={(id) => onChange({ ...value, [name]: id === "" ? null : Number(id) })}
          >
            <option value="">{t`No licence`}</option>
          </SelectField>
        ))}
      </div>
    </fieldset>
  );
}

/** What each column of a table was read as. */
function Columns({ of: each }: { of: Import }) {
  const columns = Object.entries(each.report.columns);
  if (columns.length === 0) return null;
  return (
    <fieldset>
      <legend className="over">
        <Trans>Columns of the table</Trans>
      </legend>
      <Facts
        facts={columns.map(([name, field]) => [
          name,
          field ?? (
            <span className="muted">
              <Trans>not known: left out</Trans>
            </span>
          ),
        ])}
      />
    </fieldset>
  );
}

interface RenamedProps {
  words: (count: number) => string;
  /** How many things have each. */
  counts: Readonly<Record<string, number>>;
  maxLength: number;
  value: Texts;
  onChange: (value: Texts) => void;
}

/** Names of the archive that become others, the most frequent first. */
function Renamed({ words, counts, maxLength, value, onChange }: RenamedProps) {
  const [isWhole, setWhole] = useState(false);
  const names = Object.entries(counts).sort(([a, ofA], [b, ofB]) => ofB - ofA || a.localeCompare(b));
  if (names.length === 0) return null;
  const shown = isWhole ? names : names.slice(0, SHOWN);
  return (
    <details>
      <summary>
        <Trans>{words(names.length)}: change them, or leave one out by emptying its field</Trans>
      </summary>
      <div className="mapping">
        {shown.map(([name, count]) => (
          <label key={name} className="field">
            <span>
              <bdi>{name}</bdi> <span className="numbers">{formatCount(count)}</span>
            </span>
            <input
              type="text"
              maxLength={maxLength}
              dir="auto"
              autoComplete="off"
              placeholder={t`left out`}
              value={value[name] ?? name}
              onChange={(event) => onChange({ ...value, [name]: event.target.value })}
            />
          </label>
        ))}
      </div>
      {shown.length < names.length && (
        <Button look="quiet" onClick={() => setWhole(true)}>
          <Trans>Show {formatCount(names.length - shown.length)} more</Trans>
        </Button>
      )}
    </details>
  );
}
