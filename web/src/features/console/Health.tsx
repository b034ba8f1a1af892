import "./Health.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { formatBytes, formatDuration } from "../../platform/format";
import { useNow } from "../../platform/clock";
import type { Dependency, Overview } from "./schema";
import { formatTook, needs } from "./words";

/** The state of the dependencies and the disk; until that is read, their names keep the place: a phone has the work below. */
export function Health({ overview }: { overview: Overview | undefined }) {
  const now = useNow(1000);
  return (
    <section className="ops-health" aria-label={t`What work needs`}>
      {overview
        ? overview.needs.map((each) => (
            <Need key={each.name} name={each.name} state={each.state} title={each.error_message ?? undefined}>
              {standing(each, now)}
            </Need>
          ))
        : Object.keys(needs).map((name) => (
            <Need key={name} name={name}>
              …
            </Need>
          ))}
      <Disk disk={overview?.disk} />
    </section>
  );
}

interface NeedProps {
  name: string;
  state?: Dependency["state"];
  title?: string | undefined;
  children: string;
}

function Need({ name, state, title, children }: NeedProps) {
  return (
    <div data-state={state}>
      <b className="beside">
        <span className="ops-sign" aria-hidden /> {needs[name] ?? name}
      </b>
      <p className="cut" title={title}>
        {children}
      </p>
    </div>
  );
}

function standing(
  { state, since, next_try_at: asksAt, answer_ms: milliseconds, detail }: Dependency,
  now: number,
): string {
  if (state === "off") return t`not configured`;
  if (state === "well") {
    const took = milliseconds === null ? t`well` : t`well · ${formatTook(milliseconds / 1000)}`;
    return detail === null ? took : `${took} · ${detail}`;
  }
  const long = since ? ` ${formatDuration((now - Date.parse(since)) / 1000)}` : "";
  if (state === "trying") return t`recovering, testing with one row${long && t`; was down${long}`}`;
  const asks = asksAt ? Math.round((Date.parse(asksAt) - now) / 1000) : 0;
  return t`down${long}, ${asks > 0 ? t`next check in ${formatDuration(asks)}` : t`checking now`}`;
}

const PARTS = ["files", "previews", "editions", "archives", "scratch"] as const;
const partNames: Record<(typeof PARTS)[number], string> = {
  files: t`files`,
  previews: t`previews`,
  editions: t`editions`,
  archives: t`archives`,
  scratch: t`scratch`,
};

function Disk({ disk }: { disk: Overview["disk"] | undefined }) {
  const used = PARTS.reduce((sum, part) => sum + (disk?.[part] ?? 0), 0);
  const whole = used + (disk?.free ?? 0);
  const at = (value: number) => (whole > 0 ? (value / whole) * 100 : 0);
  const before = (index: number) => PARTS.slice(0, index).reduce((sum, each) => sum + (disk?.[each] ?? 0), 0);
  return (
    <div className="ops-disk">
      <b className="beside">
        <Trans>Disk</Trans> <span className="grow" />
        <span className="numbers muted">
          {disk && formatBytes(used)}
          {typeof disk?.free === "number" && t` of ${formatBytes(whole)}`}
        </span>
      </b>
      <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden>
        {disk &&
          PARTS.map((part, index) => (
            <rect key={part} data-part={part} x={at(before(index))} width={at(disk[part])} height="8" />
          ))}
      </svg>
      <p className="cut">
        {disk ? PARTS.map((part) => `${partNames[part]} ${formatBytes(disk[part])}`).join(" · ") : "…"}
      </p>
    </div>
  );
}
