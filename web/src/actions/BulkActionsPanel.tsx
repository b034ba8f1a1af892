import { Copyright, Download, Eye, EyeOff, Pencil, RotateCcw, Trash2 } from "lucide-react";

import { moderates } from "../api/config";
import type { Post } from "../api/schema";
import type { Allowance } from "../downloads/useDownloads";
import { Button } from "../ui/Button";
import type { Change } from "./changes";
import { DownloadDialog } from "./DownloadDialog";
import { EditDialog } from "./EditDialog";
import { JobProgress } from "./JobProgress";
import { LicenseDialog } from "./LicenseDialog";
import { ReasonDialog } from "./PostsDialog";
import type { BulkActions } from "./runner";

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
  const ask = (about: Question["about"]) => () => onQuestion({ about, posts: selected });
  const about = question && { posts: question.posts, onClose: () => onQuestion(null) };

  return (
    <div className="actions" role="group" aria-label="Actions on the selected posts">
      {actions.job ? (
        <JobProgress
          job={actions.job}
          onResume={() => void actions.resume()}
          onStop={actions.stop}
          onRevert={actions.revert}
        />
      ) : (
        <div className="action-buttons">
          {props.isTrash ? (
            <Button
              icon={RotateCcw}
              look="primary"
              disabled={isDisabled}
              onClick={() => start({ kind: "restore" }, selected)}
            >
              Restore
            </Button>
          ) : (
            <>
              <Button
                icon={EyeOff}
                disabled={isDisabled}
                onClick={moderates ? ask("hide") : () => start({ kind: "hide" }, selected)}
              >
                Hide
              </Button>
              <Button icon={Eye} disabled={isDisabled} onClick={() => start({ kind: "unhide" }, selected)}>
                Unhide
              </Button>
              <Button icon={Copyright} disabled={isDisabled} onClick={ask("license")}>
                Licence
              </Button>
              <Button icon={Pencil} disabled={isDisabled} onClick={ask("edit")}>
                Edit
              </Button>
              <Button icon={Trash2} look="danger" disabled={isDisabled} onClick={ask("delete")}>
                Delete
              </Button>
              <Button icon={Download} look="primary" disabled={isDisabled} onClick={ask("download")}>
                Download
              </Button>
            </>
          )}
        </div>
      )}
      {about && question.about === "hide" && (
        <ReasonDialog {...about} verb="Hide" onConfirm={(reason) => start({ kind: "hide", reason }, about.posts)} />
      )}
      {about && question.about === "edit" && (
        <EditDialog {...about} onApply={(edit) => start({ kind: "edit", edit }, about.posts)} />
      )}
      {about && question.about === "delete" && (
        <ReasonDialog
          {...about}
          verb="Delete"
          outsideFilter={about.posts === selected ? outsideFilter : 0}
          onConfirm={(reason) => start({ kind: "delete", ...(reason && { reason }) }, about.posts)}
        />
      )}
      {about && question.about === "license" && (
        <LicenseDialog
          {...about}
          licenses={actions.licenses}
          onApply={(license) => start({ kind: "license", license }, about.posts)}
        />
      )}
      {about && question.about === "download" && (
        <DownloadDialog
          {...about}
          allowance={props.allowance}
          onKeep={(posts) => {
            props.onSelect(posts);
            onQuestion({ about: "download", posts });
          }}
          onRequested={() => {
            about.onClose();
            props.onRequested();
          }}
        />
      )}
    </div>
  );
}
