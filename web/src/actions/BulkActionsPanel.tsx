import { Copyright, Download, Eye, EyeOff, Pencil, RotateCcw, Trash2 } from "lucide-react";

import { moderates } from "../api/config";
import type { Post } from "../api/schema";
import type { Allowance } from "../downloads/useDownloads";
import type { Change } from "./changes";
import { DeleteDialog } from "./DeleteDialog";
import { DownloadDialog } from "./DownloadDialog";
import { EditDialog } from "./EditDialog";
import { HideDialog } from "./HideDialog";
import { JobProgress } from "./JobProgress";
import { LicenseDialog } from "./LicenseDialog";
import type { BulkActions } from "./useBulkActions";

/** The question that is open, and whom it is about. */
export interface Question {
  about: "hide" | "delete" | "license" | "edit" | "download";
  posts: Post[];
}

interface Props {
  actions: BulkActions;
  /** The selected posts, in the order in which they are shown. */
  selected: Post[];
  outsideFilter: number;
  /** The posts are in the trash: they can only be restored. */
  isTrash: boolean;
  allowance: Allowance | null;
  question: Question | null;
  onQuestion: (question: Question | null) => void;
  /** Select these and no others. */
  onSelect: (posts: Post[]) => void;
  onRequested: () => void;
  /** A change has begun: the button that began it is gone, and the focus belongs to the list. */
  onStarted: () => void;
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
    props.onStarted();
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
        <JobProgress
          job={actions.job}
          onResume={() => void actions.resume()}
          onStop={actions.stop}
          onRevert={actions.revert}
        />
      ) : props.isTrash ? (
        <div className="action-buttons">
          <button
            type="button"
            className="button primary"
            disabled={isDisabled}
            onClick={() => start({ kind: "restore" }, selected)}
          >
            <RotateCcw aria-hidden /> Restore
          </button>
        </div>
      ) : (
        <div className="action-buttons">
          <button
            type="button"
            className="button"
            disabled={isDisabled}
            onClick={moderates ? ask("hide") : () => start({ kind: "hide" }, selected)}
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
          <button type="button" className="button" disabled={isDisabled} onClick={ask("edit")}>
            <Pencil aria-hidden /> Edit
          </button>
          <button type="button" className="button danger" disabled={isDisabled} onClick={ask("delete")}>
            <Trash2 aria-hidden /> Delete
          </button>
          <button type="button" className="button primary" disabled={isDisabled} onClick={ask("download")}>
            <Download aria-hidden /> Download
          </button>
        </div>
      )}
      {question?.about === "hide" && (
        <HideDialog
          posts={question.posts}
          onClose={close}
          onHide={(reason) => start({ kind: "hide", reason }, question.posts)}
        />
      )}
      {question?.about === "edit" && (
        <EditDialog
          posts={question.posts}
          onClose={close}
          onApply={(edit) => start({ kind: "edit", edit }, question.posts)}
        />
      )}
      {question?.about === "delete" && (
        <DeleteDialog
          posts={question.posts}
          outsideFilter={question.posts === selected ? outsideFilter : 0}
          onClose={close}
          onDelete={(reason) => start({ kind: "delete", ...(reason && { reason }) }, question.posts)}
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
