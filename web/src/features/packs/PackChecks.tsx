import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { CircleAlert } from "lucide-react";

import type { ReactNode } from "react";

import { formatCount } from "../../platform/format";
import { groupBy } from "../../platform/lists";
import { FormError } from "../../ui/FormError";
import { MetadataChoice, type MetadataPolicy } from "../../ui/MetadataChoice";
import { PageLink } from "../../ui/OpenLink";
import { useWrite } from "../../ui/useWrite";
import { approveFiles } from "./api";
import { References } from "./References";
import { licenseWords } from "./licenses";
import { type Conflict, type Pack, type PackCheck, type PackedAsset } from "./schema";

interface Props {
  pack: Pack;
  assets: readonly PackedAsset[];
  check: PackCheck | null;
  isChecking: boolean;
  error: Error | null;
  isBusy: boolean;
  onMarks: (marks: MetadataPolicy) => void;
  onLeaveOut: (ids: readonly number[]) => void;
  onChanged: () => void;
}

/** What the service found about the next edition: what is to do first, then what is fine. */
export function PackChecks({ pack, assets, check, isChecking, error, isBusy, onMarks, onLeaveOut, onChanged }: Props) {
  const conflicts = check?.conflicts ?? [];
  const machines = assets.filter(({ provenance }) => provenance === "ai_generated").length;
  const told = check?.disclosures ?? [];
  return (
    <section className="pack-section" aria-labelledby="pack-checks">
      <h3 id="pack-checks" className="over">
        <Trans>Checks</Trans>
        <span className="grow" />
        <span className="muted" role="status">
          {isChecking
            ? t`Checking…`
            : conflicts.length > 0
              ? t`${formatCount(conflicts.length)} to do`
              : check && t`Ready to build.`}
        </span>
      </h3>
      {error && <FormError>{error.message}</FormError>}
      {conflicts.length > 0 && (
        <ul className="pack-checks" aria-label={t`Problems`} tabIndex={0}>
          {[...groupBy(conflicts, ({ code }) => code)].map(([code, some]) => (
            <ToDo key={code} conflicts={some} onLeaveOut={onLeaveOut} onChanged={onChanged} />
          ))}
        </ul>
      )}
      {check && (
        <ul className="pack-checks">
          {!conflicts.some(({ code }) => LICENSING[code]) && assets.length > 0 && (
            <Fine>
              <Trans>All licences fit “{licenseWords(pack.license_type).title}”</Trans>
            </Fine>
          )}
          <References found={check.references} />
          {machines > 0 && (
            <Fine>
              <Trans>
                <Plural value={machines} one="# file" other="# files" /> made with AI: named in README and CREDITS
              </Trans>
            </Fine>
          )}
          {told.map(({ code, message }) =>
            pack.marks === "strip" ? (
              <Fine key={code}>
                {message}{" "}
                <span className="muted">
                  <Trans>It is removed from the copies; your library keeps it.</Trans>
                </span>
              </Fine>
            ) : (
              <li key={code} className="wait">
                <CircleAlert aria-hidden />{" "}
                <span>
                  <Trans>{message} Everyone who downloads the pack can read it.</Trans>
                </span>
              </li>
            ),
          )}
        </ul>
      )}
      <details className="pack-marks">
        <summary>{pack.marks === "strip" ? t`Embedded metadata is removed` : t`Embedded metadata is kept`}</summary>
        <MetadataChoice
          disclosures={check?.disclosures ?? null}
          names={new Map(assets.map(({ asset_id: id, name }) => [id, name]))}
          value={pack.marks}
          isDisabled={isBusy}
          onChange={onMarks}
          linkTo={(id) => (
            <PageLink page="library" query={{ asset: id }}>
              <Trans>Show the first</Trans>
            </PageLink>
          )}
        />
      </details>
    </section>
  );
}

/** Whether a conflict is about licences: then they do not all fit. */
const LICENSING: Readonly<Record<Conflict["code"], boolean>> = {
  asks_credit: true,
  attribution_missing: false,
  cannot_strip: false,
  empty: false,
  in_trash: false,
  license_missing: true,
  license_unknown: true,
  no_changes: true,
  no_money: true,
  not_approved: false,
  provenance_unknown: false,
  share_alike: true,
  too_large: false,
  was_changed: true,
};

function Fine({ children }: { children: ReactNode }) {
  return (
    <li>
      <span className="state-mark" data-state="approved" aria-hidden /> <span>{children}</span>
    </li>
  );
}

interface ToDoProps {
  conflicts: readonly [Conflict, ...Conflict[]];
  onLeaveOut: (ids: readonly number[]) => void;
  onChanged: () => void;
}

/** How many files of one kind of conflict are named. */
const NAMED = 6;

/** Everything of one kind that keeps the pack from being built, with what can be done about it. */
function ToDo({ conflicts, onLeaveOut, onChanged }: ToDoProps) {
  const [isBusy, write] = useWrite(onChanged);
  const [{ code, message }] = conflicts;
  const files = conflicts.flatMap(({ asset_id: id, file }) => (id === null ? [] : [{ id, file: file ?? t`a file` }]));
  const ids = files.map(({ id }) => id);
  const isOne = ids.length === 1;
  return (
    <li className="wait">
      <span className="state-mark" data-state="new" aria-hidden />
      <span>
        <strong>
          {files.length > 1 && t`${plural(files.length, { one: "# file", other: "# files" })}: `}
          {message}
        </strong>
        <span className="muted pack-named">
          {files.slice(0, NAMED).map(({ id, file }, index) => (
            <span key={id}>
              {index > 0 && ", "}
              <PageLink page="library" query={{ asset: id }}>
                <bdi>{file}</bdi>
              </PageLink>
            </span>
          ))}
          {files.length > NAMED && t` and ${formatCount(files.length - NAMED)} more`}
        </span>
        <span className="beside">
          {code === "not_approved" && (
            <button
              type="button"
              className="link-button"
              disabled={isBusy}
              onClick={() => write(() => approveFiles(ids))}
            >
              {isOne ? t`Approve it` : t`Approve them`}
            </button>
          )}
          {ids.length > 0 && (
            <button type="button" className="link-button" onClick={() => onLeaveOut(ids)}>
              {isOne ? t`Leave it out` : t`Leave them out`}
            </button>
          )}
        </span>
      </span>
    </li>
  );
}
