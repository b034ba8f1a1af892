import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { PackageCheck, Pencil } from "lucide-react";
import { useState } from "react";

import { config, moderates } from "../../data/config";
import { formatBytes, formatCount } from "../../platform/format";
import { Tabs } from "../../ui/Bar";
import { Button } from "../../ui/Button";
import { TextArea, TextField } from "../../ui/Field";
import { useWrite } from "../../ui/useWrite";
import { refreshPacks } from "./api";
import { showTo } from "./links";
import { licenseWords } from "./licenses";
import { type ExportRequest, type Pack } from "./schema";

interface Props {
  pack: Pack;
  isBuilding: boolean;
  isDisabled: boolean;
  onBuild: (request: ExportRequest) => void;
  onEdit: () => void;
}

const SEERS = [
  { value: "everyone", words: t`Everyone` },
  { value: "link", words: t`With the link` },
  { value: "owner", words: t`Only me` },
] as const;

/** The next edition: its licence, what is new in it, who sees it, and the button that builds it. */
export function PackPublish({ pack, isBuilding, isDisabled, onBuild, onEdit }: Props) {
  const [version, setVersion] = useState("");
  const [changes, setChanges] = useState("");
  const [isSharing, write] = useWrite(refreshPacks);
  const edition = pack.edition + 1;
  // What was sent is in the edition now; what was written since is about the next one.
  const [sent, setSent] = useState({ of: edition, version, changes });
  if (sent.of !== edition) {
    setSent({ of: edition, version: "", changes: "" });
    if (version === sent.version) setVersion("");
    if (changes === sent.changes) setChanges("");
  }
  const isShown = pack.seen_by !== "owner";
  return (
    <form
      className="pack-section pack-publish"
      aria-label={t`Build`}
      onSubmit={(event) => {
        event.preventDefault();
        setSent({ of: edition, version, changes });
        onBuild({ version: version || null, changes: changes.trim() || null });
      }}
    >
      <h3 className="over">
        <Trans>Publish</Trans>
        <span className="grow" />
        <span className="muted">
          <Trans>about {formatBytes(pack.total_size_bytes)}</Trans>
        </span>
      </h3>
      <div className="pack-licence">
        <span className="muted">
          <Trans>Licence</Trans>
        </span>
        <Button icon={Pencil} onClick={onEdit}>
          {licenseWords(pack.license_type).title}
          <span className="visually-hidden">
            <Trans>: change the licence</Trans>
          </span>
          {pack.license_identifier && <span className="count">{pack.license_identifier}</span>}
        </Button>
      </div>
      <TextArea
        className="field"
        label={t`What is new`}
        rows={2}
        maxLength={500}
        placeholder={suggested(pack)}
        value={changes}
        onChange={setChanges}
      />
      <TextField
        className="field"
        label={t`Version`}
        placeholder="1.2.0"
        maxLength={40}
        pattern="(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.\-]+)?"
        title={t`Three numbers, such as 1.2.0`}
        value={version}
        onChange={setVersion}
      />
      {config.shares && !moderates && (
        <div className="pack-seen">
          <span className="muted">
            <Trans>Seen by</Trans>
          </span>
          <Tabs
            label={t`Seen by`}
            look={isSharing ? "busy" : ""}
            options={SEERS}
            value={pack.seen_by}
            onChange={(who) => who !== pack.seen_by && write(() => showTo(pack.id, who))}
          />
        </div>
      )}
      <Button icon={PackageCheck} look="primary go" type="submit" disabled={isDisabled || isBuilding}>
        {isBuilding ? t`Building…` : t`${isShown ? t`Build and publish` : t`Build`} edition ${edition}`}
      </Button>
      {pack.edition > 0 && (
        <p className="muted pack-stays">
          <Trans>Edition {pack.edition} stays where it is until this one is built.</Trans>
        </p>
      )}
    </form>
  );
}

function suggested({ added_count: added, removed_count: removed }: Pack): string {
  const parts = [
    added > 0 ? t`${formatCount(added)} new` : "",
    removed > 0 ? t`${formatCount(removed)} left out` : "",
  ].filter(Boolean);
  return parts.join(", ");
}
