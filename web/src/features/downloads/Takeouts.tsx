import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { PackageCheck } from "lucide-react";
import { useState } from "react";

import { requestTakeout } from "../../data/client";
import { refreshTakeouts, useContents, useTakeouts } from "../../data/queries";
import { useNow } from "../../platform/clock";
import { formatBytes, formatDuration } from "../../platform/format";
import { joinParts } from "../../platform/text";
import type { TakeoutContents } from "../../data/schema";
import { usePMDSSE } from "../../data/live/live";
import { Button } from "../../ui/Button";
import { FormDialog } from "../../ui/Dialog";
import { useDialog } from "../../ui/useDialog";
import { TextField, CheckboxGroup } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { useOnce } from "../../ui/useOnce";
import { ModeratorNote } from "../../data/ModeratorNote";

/**
 * Downloads everything in one archive, which appears in the list of downloads. Hidden where takeouts are disabled.
 */
export function Takeouts() {
  const { data } = useTakeouts();
  const [ask, dialog] = useDialog((onClose) => <TakeoutDialog onClose={onClose} />);
  usePMDSSE("takeout", (event) => {
    // A stream begins with the newest takeout, if there is one.
    if (event.type === "update") refreshTakeouts();
  });
  const now = useNow(60_000);
  if (!data) return null;
  const isRunning = data.items.some((takeout) => takeout.status === "processing");
  const next = data.next_possible_at ? Date.parse(data.next_possible_at) : 0;
  const isTooSoon = next > now;
  return (
    <div className="takeout beside">
      <Button icon={PackageCheck} disabled={isTooSoon || isRunning} onClick={ask}>
        <Trans>Download everything</Trans>
      </Button>
      {isRunning ? (
        <p className="muted">
          <Trans>A takeout is being packed.</Trans>
        </p>
      ) : (
        isTooSoon && (
          <p className="muted">
            <Trans>Available again in {formatDuration((next - now) / 1000)}</Trans>
          </p>
        )
      )}
      {dialog}
    </div>
  );
}

/** The files’ sizes: a ZIP of pictures is hardly smaller. */
const estimate = (of: TakeoutContents) =>
  joinParts([
    of.post_count > 0 && plural(of.post_count, { one: "# post", other: "# posts" }),
    of.file_count > 0 && plural(of.file_count, { one: "# file", other: "# files" }),
    of.pack_count > 0 && plural(of.pack_count, { one: "# pack", other: "# packs" }),
    formatBytes(of.post_bytes + of.file_bytes + of.edition_bytes),
  ]);

const options = { send_email: t`E-mail me when it is ready` } as const;

function TakeoutDialog({ onClose }: { onClose: () => void }) {
  const [chosen, setChosen] = useState({ send_email: true });
  const [name, setName] = useState(t`Everything`);
  const once = useOnce();
  const contents = useContents().data;
  const ask = async () => {
    const body = { ...chosen, name: name.trim() || null };
    await once(body, (key) => requestTakeout(body, key));
    toast.success(t`Everything is being packed.`);
    refreshTakeouts();
    onClose();
  };
  return (
    <FormDialog
      title={t`Download everything`}
      icon={PackageCheck}
      confirm={t`Pack everything`}
      onSubmit={ask}
      onClose={onClose}
    >
      <ModeratorNote />
      <p>
        <Trans>
          Your posts, library, packs, drafts, series, comments, reactions, reports and settings in one ZIP that other
          programs read, too. It does not count towards the daily limit.
        </Trans>
      </p>
      {contents && <p className="numbers muted">{estimate(contents)}</p>}
      <TextField className="field" label={t`Name`} dir="auto" maxLength={80} value={name} onChange={setName} />
      <CheckboxGroup names={options} chosen={chosen} onChange={setChosen} />
    </FormDialog>
  );
}
