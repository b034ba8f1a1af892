import { PackageCheck } from "lucide-react";
import { useState } from "react";

import { Button } from "../ui/Button";
import { TextArea, TextField } from "../ui/Field";
import type { ExportRequest } from "./schema";

interface Props {
  edition: number;
  isBuilding: boolean;
  isDisabled: boolean;
  onBuild: (told: ExportRequest) => void;
}

/** The next edition: what it is called and what is new in it, for those whom it is shared with. */
export function BuildForm({ edition, isBuilding, isDisabled, onBuild }: Props) {
  const [version, setVersion] = useState("");
  const [changes, setChanges] = useState("");
  return (
    <form
      className="build-form"
      onSubmit={(event) => {
        event.preventDefault();
        onBuild({ version: version || null, changes: changes.trim() || null });
      }}
    >
      {!isBuilding && (
        <details>
          <summary>Version and what is new</summary>
          <div className="fields">
            <TextField
              label="Version"
              placeholder="1.2.0"
              maxLength={40}
              pattern="(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.\-]+)?"
              title="Three numbers, as in 1.2.0"
              value={version}
              onChange={setVersion}
            />
            <TextArea className="wide" label="What is new" maxLength={500} value={changes} onChange={setChanges} />
          </div>
        </details>
      )}
      <Button icon={PackageCheck} look="primary" type="submit" disabled={isDisabled || isBuilding}>
        {isBuilding ? "Being built…" : `Build edition ${String(edition)}`}
      </Button>
    </form>
  );
}
