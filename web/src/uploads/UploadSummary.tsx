import { plural } from "../lib/format";
import type { Line, Upload } from "./schema";

interface Props {
  upload: Upload;
  lines: readonly Line[];
}

/** The numbers of a settled upload; they add up to all of its files. */
export function UploadSummary({ upload, lines }: Props) {
  const count = (outcome: Line["outcome"]) => lines.filter((line) => line.outcome === outcome).length;
  const seconds = (upload.processing_time_ms ?? 0) / 1000;
  const numbers = [
    { label: "added", value: count("added"), tone: "good" },
    { label: "already there", value: count("already_there"), tone: "plain" },
    { label: "back from the trash", value: count("restored"), tone: "plain" },
    { label: "left out", value: upload.failed_files, tone: "wait" },
  ];
  return (
    <>
      <dl className="numbers-row">
        {numbers
          .filter(({ value, label }) => value > 0 || label === "added")
          .map(({ label, value, tone }) => (
            <div key={label} data-tone={tone}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      <p className="muted">
        Together {plural(upload.successful_files + upload.failed_files, "file")} of {upload.total_files}
        {upload.processing_time_ms !== null && ` · in ${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`}
      </p>
    </>
  );
}
