import { Download, Table } from "lucide-react";
import { useState } from "react";

import { apiUrl } from "../../data/client";
import { plural } from "../../platform/format";
import { FormDialog } from "../../ui/Dialog";
import { TextArea } from "../../ui/Field";
import { toast } from "../../ui/toast";
import { sendSheet } from "./api";
import type { SheetReport } from "./schema";

interface Props {
  onChanged: () => void;
  onClose: () => void;
}

/** CSV, out and in: what it would change is said before it does. */
export function SheetDialog({ onChanged, onClose }: Props) {
  const [csv, setCsv] = useState("");
  const [report, setReport] = useState<SheetReport | null>(null);
  const change = (text: string) => {
    setCsv(text);
    setReport(null);
  };
  return (
    <FormDialog
      title="From a spreadsheet"
      className="wide"
      icon={Table}
      confirm={report ? `Change ${plural(report.changed_count, "draft")}` : "Look what it would change"}
      isDisabled={csv.trim() === "" || report?.changed_count === 0}
      onSubmit={async () => {
        if (!report) {
          setReport(await sendSheet(csv, true));
          return;
        }
        const done = await sendSheet(csv, false);
        toast.success(`${plural(done.changed_count, "draft")} changed.`);
        onChanged();
        onClose();
      }}
      onClose={onClose}
    >
      <p>
        Cells copied in a spreadsheet can be pasted right into the table. For a whole sheet take your drafts as CSV,
        change them there, and bring the file back.
      </p>
      <p>
        <a className="button" href={apiUrl("/api/pmd/drafts.csv")} download>
          <Download aria-hidden /> Save the drafts as CSV
        </a>
      </p>
      <label className="field">
        <span>A CSV file</span>
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={({ target }) => void target.files?.[0]?.text().then(change)}
        />
      </label>
      <TextArea label="Or its text" className="field" rows={6} value={csv} onChange={change} />
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
  return (
    <section aria-label="Report" role="status">
      <p>
        <strong>
          {changes} of {plural(rows, "row")} would change a draft
        </strong>
        , {same} {same === 1 ? "says" : "say"} what is there.
      </p>
      {lost.length > 0 && <p className="wait">There is no draft for row {lost.slice(0, 10).join(", ")}.</p>}
      {report.ignored_columns.length > 0 && (
        <p className="muted">Left out, for it cannot be changed here: {report.ignored_columns.join(", ")}.</p>
      )}
      {count > 0 && (
        <>
          <p className="bad">{plural(count, "cell")} cannot be read; their drafts stay as they are:</p>
          <ul className="desk-faults">
            {errors.slice(0, 20).map(({ row, column, message }) => (
              <li key={`${row} ${column}`}>
                Row {row}, {column}: {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
