import { CircleAlert } from "lucide-react";

import type { ReactNode } from "react";

import { plural } from "../../platform/format";
import { groupBy } from "../../platform/lists";
import { FormError } from "../../ui/FormError";
import { MetadataChoice, type MetadataPolicy } from "../../ui/MetadataChoice";
import { PageLink } from "../../ui/OpenLink";
import { useWrite } from "../../ui/useWrite";
import { approveFiles } from "./api";
import { References } from "./References";
import { type Conflict, licenseKinds, type Pack, type PackCheck, type PackedAsset } from "./schema";

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
        Checks
        <span className="grow" />
        <span className="muted" role="status">
          {isChecking ? "Checking…" : conflicts.length > 0 ? `${conflicts.length} to do` : "Ready to build."}
        </span>
      </h3>
      {error && <FormError>{error.message}</FormError>}
      {conflicts.length > 0 && (
        <ul className="pack-checks" aria-label="Problems" tabIndex={0}>
          {[...groupBy(conflicts, ({ code }) => code)].map(([code, some]) => (
            <ToDo key={code} conflicts={some} onLeaveOut={onLeaveOut} onChanged={onChanged} />
          ))}
        </ul>
      )}
      {check && (
        <ul className="pack-checks">
          {!conflicts.some(({ code }) => LICENSING.has(code)) && assets.length > 0 && (
            <Fine>All licences fit “{licenseKinds[pack.license_type].title}”</Fine>
          )}
          <References found={check.references} />
          {machines > 0 && <Fine>{plural(machines, "file")} made with AI: named in README and CREDITS</Fine>}
          {told.map(({ code, message }) =>
            pack.marks === "strip" ? (
              <Fine key={code}>
                {message} <span className="muted">It is removed from the copies; your library keeps it.</span>
              </Fine>
            ) : (
              <li key={code} className="wait">
                <CircleAlert aria-hidden /> <span>{message} Everyone who downloads the pack can read it.</span>
              </li>
            ),
          )}
        </ul>
      )}
      <details className="pack-marks">
        <summary>Embedded metadata is {pack.marks === "strip" ? "removed" : "kept"}</summary>
        <MetadataChoice
          disclosures={check?.disclosures ?? null}
          names={new Map(assets.map(({ asset_id: id, name }) => [id, name]))}
          value={pack.marks}
          isDisabled={isBusy}
          onChange={onMarks}
          linkTo={(id) => (
            <PageLink page="library" query={{ asset: id }}>
              Show the first
            </PageLink>
          )}
        />
      </details>
    </section>
  );
}

/** Conflicts that changing the licence, or leaving the files out, resolves. */
const LICENSING: ReadonlySet<string> = new Set([
  "asks_credit",
  "no_money",
  "share_alike",
  "no_changes",
  "license_missing",
]);

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
  const files = conflicts.flatMap(({ asset_id: id, file }) => (id === null ? [] : [{ id, file: file ?? "a file" }]));
  const ids = files.map(({ id }) => id);
  const words = ids.length > 1 ? "them" : "it";
  return (
    <li className="wait">
      <span className="state-mark" data-state="new" aria-hidden />
      <span>
        <strong>
          {files.length > 1 && `${plural(files.length, "file")}: `}
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
          {files.length > NAMED && ` and ${files.length - NAMED} more`}
        </span>
        <span className="beside">
          {code === "not_approved" && (
            <button
              type="button"
              className="link-button"
              disabled={isBusy}
              onClick={() => write(() => approveFiles(ids))}
            >
              Approve {words}
            </button>
          )}
          {ids.length > 0 && (
            <button type="button" className="link-button" onClick={() => onLeaveOut(ids)}>
              Leave {words} out
            </button>
          )}
        </span>
      </span>
    </li>
  );
}
