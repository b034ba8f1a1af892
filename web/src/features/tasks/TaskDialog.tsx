import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";

import { Wand2 } from "lucide-react";
import { useMemo, useState } from "react";

import { translated } from "../../platform/texts";
import { go } from "../../platform/address";
import { chunk, MAX_IDS } from "../../platform/lists";
import { formatCount, formatDuration } from "../../platform/format";
import type { Asset } from "../../data/assets/schema";
import { SubmitForm, Dialog } from "../../ui/Dialog";
import { Choice } from "../../ui/Field";
import { LoadError } from "../../ui/Empty";
import { toast } from "../../ui/toast";
import { useOnce } from "../../ui/useOnce";
import { refreshJobs, startJobs, useKinds } from "./api";
import { fieldsFor, fieldsOf, filled, initialValues, type Values } from "./form";
import { FormFields } from "./FormFields";
import { gridOf } from "./grid";
import { LoopList } from "./LoopList";
import { missingFrom } from "./missing";
import type { Kind } from "./schema";
import { SheetGrid } from "./SheetGrid";
import { TaskPreview } from "./TaskPreview";

interface Props {
  assets: readonly Asset[];
  /** A preselected task with its parameters. */
  suggestion?: { kind: string; params: Values } | undefined;
  onClose: () => void;
}

/** The maximum number of waiting tasks. */
const MAX_WAITING = 2048;

/** Choose a task for these files, set its parameters, see an estimate, and start it. */
export default function TaskDialog({ assets, suggestion, onClose }: Props) {
  const [first] = assets;
  const isOfOneType = new Set(assets.map(({ type }) => type)).size === 1;
  const { data: kinds, error, refetch } = useKinds(isOfOneType ? (first?.id ?? null) : null);
  const usable = kinds?.filter(({ types }) => assets.some(({ type }) => types.includes(type)));
  const [chosen, setChosen] = useState<string | null>(suggestion?.kind ?? null);
  const kind = usable?.find((one) => one.kind === chosen) ?? usable?.find((one) => one.is_available);
  return (
    <Dialog
      title={t`New task for ${plural(assets.length, { one: "# file", other: "# files" })}`}
      className="wide"
      onClose={onClose}
    >
      {error && !kinds && <LoadError error={error} onRetry={() => void refetch()} />}
      {!usable && !error && (
        <p role="status">
          <Trans>Loading available tasks…</Trans>
        </p>
      )}
      {usable && (
        <fieldset className="choices">
          <legend className="muted">
            <Trans>Task</Trans>
          </legend>
          {usable.map((one) => (
            <Choice
              key={one.kind}
              type="radio"
              name="kind"
              note={one.is_available ? translated(one.description) : one.reason}
              checked={one.kind === kind?.kind}
              disabled={!one.is_available}
              onChange={() => setChosen(one.kind)}
            >
              {translated(one.title)}
            </Choice>
          ))}
        </fieldset>
      )}
      {kind && (
        <Settings
          key={kind.kind}
          kind={kind}
          assets={assets}
          suggested={suggestion?.kind === kind.kind ? suggestion.params : {}}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}

interface SettingsProps {
  kind: Kind;
  assets: readonly Asset[];
  suggested: Values;
  onClose: () => void;
}

function Settings({ kind, assets, suggested, onClose }: SettingsProps) {
  const fields = useMemo(
    () =>
      // Loops are listed by a button of their own.
      fieldsFor(fieldsOf(kind.params), new Set(assets.map(({ type }) => type))).filter(
        ({ name }) => name !== "list_only",
      ),
    [kind.params, assets],
  );
  const [values, setValues] = useState<Values>(() => ({ ...initialValues(fields), ...suggested }));
  const once = useOnce();
  const fitting = assets.filter(({ type }) => kind.types.includes(type));
  const left = assets.length - fitting.length;
  const [sheet] = fitting;
  const grid = kind.kind === "slice" && values.by === "grid" ? gridOf(values) : null;
  const estimate = kind.estimate_seconds === null ? null : kind.estimate_seconds * fitting.length;

  const missing = missingFrom(kind.kind, fields, values);

  const start = async () => {
    const params = filled(fields, values);
    await once({ kind: kind.kind, params }, async (key) => {
      for (const [part, some] of chunk(fitting, MAX_IDS).entries()) {
        const ids = some.map(({ id }) => id);
        await startJobs(kind.kind, ids, params, `${key}-${part * MAX_IDS}`);
      }
    });
    refreshJobs();
    toast.success(
      t`${translated(kind.title)}: ${plural(fitting.length, { one: "# task", other: "# tasks" })} started.`,
      {
        action: { label: t`Tasks`, onClick: () => go("tasks") },
      },
    );
    onClose();
  };

  return (
    <SubmitForm
      icon={Wand2}
      confirm={t`Start ${plural(fitting.length, { one: "# task", other: "# tasks" })}`}
      isDisabled={fitting.length === 0 || fitting.length > MAX_WAITING || missing !== null}
      onSubmit={start}
      onClose={onClose}
    >
      <FormFields fields={fields} values={values} onChange={setValues} />
      {kind.kind === "loop" && sheet && fitting.length === 1 && (
        <LoopList key={sheet.id} asset={sheet} values={values} onChange={setValues} />
      )}
      {sheet && grid && <SheetGrid asset={sheet} grid={grid} />}
      {sheet && (kind.kind === "slice" || (kind.kind === "export" && sheet.type === "image")) && (
        <TaskPreview
          kind={kind.kind}
          asset={sheet}
          params={missing === null ? filled(fields, values) : null}
          others={fitting.length - 1}
        />
      )}
      <p className="muted">
        {estimate !== null && t`About ${formatDuration(Math.max(1, estimate))} of work. `}
        {kind.result}
      </p>
      {missing !== null && (
        <p className="wait" role="status">
          {missing}
        </p>
      )}
      {fitting.length > MAX_WAITING && (
        <p className="wait">
          <Trans>
            Up to {formatCount(MAX_WAITING)} tasks can wait. You chose {formatCount(fitting.length)}; deselect{" "}
            {formatCount(fitting.length - MAX_WAITING)}, or start them in batches.
          </Trans>
        </p>
      )}
      {left > 0 && (
        <p className="wait">
          <Trans>
            <Plural value={left} one="# file is of another type and is" other="# files are of another type and are" />{" "}
            left out.
          </Trans>
        </p>
      )}
    </SubmitForm>
  );
}
