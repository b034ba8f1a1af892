import { CircleAlert, CircleCheck } from "lucide-react";

import { plural } from "../lib/format";
import { PageLink } from "../ui/OpenLink";
import type { Conflict } from "./schema";

interface Props {
  conflicts: readonly Conflict[];
  isChecking: boolean;
  error: Error | null;
}

/** What stands against a build, file by file. The service says it; nothing is guessed here. */
export function Conflicts({ conflicts, isChecking, error }: Props) {
  if (error) return <p className="refusal">{error.message}</p>;
  if (conflicts.length === 0) {
    return (
      <p className="no-conflicts" role="status">
        <CircleCheck aria-hidden /> {isChecking ? "Checking…" : "Nothing stands against a build."}
      </p>
    );
  }
  return (
    <div className="refusal" role="status">
      <p>
        <CircleAlert aria-hidden /> {plural(conflicts.length, "thing stands", "things stand")} against a build:
      </p>
      <ul className="conflicts" tabIndex={0} aria-label="What stands against a build">
        {conflicts.map(({ code, message, asset_id: id, file }) => (
          <li key={`${code} ${String(id)}`}>
            {id !== null && (
              <PageLink page="library" query={{ asset: String(id) }}>
                <bdi>{file}</bdi>
              </PageLink>
            )}{" "}
            {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
