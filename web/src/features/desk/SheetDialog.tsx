import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Download, Table } from "lucide-react";
import { useState } from "react";

import { apiUrl } from "../../data/client";
import { formatCount } from "../../platform/format";
import { FormDialog } from "../../ui/Dialog";
import { TextArea } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { sendSheet } from "./api";
import type { SheetReport } from "./schema";
import { NoSheetError, readSheet } from "./sheetFile";

interface Props {
  onChanged: () => void;
  onClose: () => void;
}

/** CSV, out and in: what it would change is said before it does. */
export function SheetDialog({ onChanged, onClose }: Props) {
  const [csv, setCsv] = useState("");
  const [checked, setChecked] = useState<{ text: string; report: SheetReport } | null>(null);
  const [unread, setUnread] = useState<string | null>(null);
  const choose = async (file: File) => {
    setUnread(null);
    try {
      setCsv(await readSheet(file));
    } catch (error) {
      if (!(error instanceof NoSheetError)) throw error;
      setUnread(error.message);
    }
  };
  // Of another text nothing is known, also where the answer comes after it was typed.
  const report = checked?.text === csv ? checked.report : null;
  return (
    <FormDialog
      title={t`From a spreadsheet`}
      className="wide"
      icon={Table}
      confirm={
        report
          ? t`Change ${plural(report.changed_count, { one: "# draft", other: "# drafts" })}`
          : t`Look what it would change`
      }
      isDisabled={csv.trim() === "" || report?.changed_count === 0}
      onSubmit={async () => {
        if (!report) {
          setChecked({ text: csv, report: await sendSheet(csv, true) });
          return;
        }
        const done = await sendSheet(csv, false);
        toast.success(t`${plural(done.changed_count, { one: "# draft", other: "# drafts" })} changed.`);
        onChanged();
        onClose();
      }}
      onClose={onClose}
    >
      <p>
        <Trans>
          Cells copied in a spreadsheet can be pasted right into the table. For a whole sheet take your drafts as CSV,
          change them there, and bring the file back.
        </Trans>
      </p>
      <p>
        <a className="button" href={apiUrl("/api/pmd/drafts.csv")} download>
          <Download aria-hidden /> <Trans>Save the drafts as CSV</Trans>
        </a>
      </p>
      <label className="field">
        <span>
          <Trans>A CSV file</Trans>
        </span>
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={({ target }) => {
            const [file] = target.files ?? [];
            target.value = ""; // the same may be chosen again, once it is mended
            if (file) void choose(file);
          }}
        />
      </label>
      {unread !== null && <FormError>{unread}</FormError>}
      <TextArea label={t`Or its text`} className="field" rows={6} value={csv} onChange={setCsv} />
      {report && <Report report={report} />}
    </FormDialog>
  );
}

function Report({ report }: { report: SheetReport }) {
  const {
    row_count: rows,
    changed_count: changes,
    same_count: same,
    lost_rows: lost,
    errors,
    error_count: count,
  } = report;
  const lostRows = lost.slice(0, 10).map(formatCount).join(", ");
  return (
    <section aria-label={t`Report`} role="status">
      <p>
        <Trans>
          <strong>
            {formatCount(changes)} of <Plural value={rows} one="# row" other="# rows" /> would change a draft
          </strong>
          , <Plural value={same} one="# says what is there." other="# say what is there." />
        </Trans>
      </p>
      {lost.length > 0 && (
        <p className="wait">
          {lost.length > 10
            ? t`There is no draft for rows ${lostRows} and others.`
            : t`There is no draft for row ${lostRows}.`}
        </p>
      )}
      {report.ignored_columns.length > 0 && (
        <p className="muted">
          <Trans>Left out, for it cannot be changed here: {report.ignored_columns.join(", ")}.</Trans>
        </p>
      )}
      {count > 0 && (
        <>
          <p className="bad">
            <Trans>
              <Plural value={count} one="# cell" other="# cells" /> cannot be read; their drafts stay as they are:
            </Trans>
          </p>
          <ul className="desk-faults">
            {errors.slice(0, 20).map(({ row, column, message }) => (
              <li key={`${row} ${column}`}>
                <Trans>
                  Row {formatCount(row)}, {column}: {message}
                </Trans>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
