import { Copyright, Download, Eye, EyeOff, Trash2 } from "lucide-react";

import type { Post } from "../api/schema";
import type { Allowance } from "../downloads/useDownloads";
import type { Change } from "./changes";
import { DeleteDialog } from "./DeleteDialog";
import { DownloadDialog } from "./DownloadDialog";
import { JobProgress } from "./JobProgress";
import { LicenseDialog } from "./LicenseDialog";
import type { BulkActions } from "./useBulkActions";

/** The question that is open, and whom it is about. */
export interface Question {
  about: "delete" | "license" | "download";
  posts: Post[];
}

interface Props {
  actions: BulkActions;
  /** The selected posts, in the order in which they are shown. */
  selected: Post[];
  outsideFilter: number;
  allowance: Allowance | null;
  question: Question | null;
  onQuestion: (question: Question | null) => void;
  /** Select these and no others. */
  onSelect: (posts: Post[]) => void;
  onRequested: () => void;
}

/** What can be done to the selected posts: to exactly as many as the selection shows. */
export function BulkActionsPanel(props: Props) {
  const { actions, selected, outsideFilter, question, onQuestion } = props;
  const isDisabled = selected.length === 0 || actions.job !== null;

  const start = (change: Change, posts: Post[]) => {
    onQuestion(null);
    actions.start(
      change,
      posts.map((post) => post.id),
    );
  };
  const ask = (about: Question["about"]) => () => {
    onQuestion({ about, posts: selected });
  };
  const close = () => {
    onQuestion(null);
  };

  return (
    <div className="actions" role="group" aria-label="Actions on the selected posts">
      {actions.job ? (
        <JobProgress job={actions.job} onResume={() => void actions.resume()} onStop={actions.stop} />
      ) : (
        <div className="action-buttons">
          <button
            type="button"
            className="button"
            disabled={isDisabled}
            onClick={() => start({ kind: "hide" }, selected)}
          >
            <EyeOff aria-hidden /> Hide
          </button>
          <button
            type="button"
            className="button"
            disabled={isDisabled}
            onClick={() => start({ kind: "unhide" }, selected)}
          >
            <Eye aria-hidden /> Unhide
          </button>
          <button type="button" className="button" disabled={isDisabled} onClick={ask("license")}>
            <Copyright aria-hidden /> Licence
          </button>
          <button type="button" className="button danger" disabled={isDisabled} onClick={ask("delete")}>
            <Trash2 aria-hidden /> Delete
          </button>
          <button type="button" className="button primary" disabled={isDisabled} onClick={ask("download")}>
            <Download aria-hidden /> Download
          </button>
        </div>
      )}
      {question?.about === "delete" && (
        <DeleteDialog
          posts={question.posts}
          outsideFilter={question.posts === selected ? outsideFilter : 0}
          onClose={close}
          onDelete={() => start({ kind: "delete" }, question.posts)}
        />
      )}
      {question?.about === "license" && (
        <LicenseDialog
          posts={question.posts}
          licenses={actions.licenses}
          onClose={close}
          onApply={(license) => start({ kind: "license", license }, question.posts)}
        />
      )}
      {question?.about === "download" && (
        <DownloadDialog
          posts={question.posts}
          allowance={props.allowance}
          onKeep={(posts) => {
            props.onSelect(posts);
            onQuestion({ about: "download", posts });
          }}
          onClose={close}
          onRequested={() => {
            close();
            props.onRequested();
          }}
        />
      )}
    </div>
  );
}
