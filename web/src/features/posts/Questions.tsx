import type { Post } from "../../data/schema";
import type { Allowance } from "../../data/useDownloads";
import type { PostEdit } from "../../data/client";
import type { BulkAction } from "../../data/changes/schema";
import { AnswerDialog } from "./AnswerDialog";
import { BulkDialog } from "./BulkDialog";
import { type Change, planSteps } from "../../data/changes/changes";
import { DownloadDialog } from "./DownloadDialog";
import { EditDialog } from "./EditDialog";
import { LicenseDialog, PasteDialog, ReasonDialog } from "./PostsDialog";
import { SeriesDialog } from "./SeriesDialog";
import { VersionsDialog } from "./VersionsDialog";
import type { PostList } from "./usePostList";
import type { PostChanges } from "./usePostChanges";

/** The open dialog and its posts. */
export interface Question {
  about: "hide" | "delete" | "license" | "edit" | "download" | "answer" | "paste" | "versions" | "series";
  posts: readonly Post[];
  /** All posts of the filter, by the service; `edit`: hashtags chosen already. */
  bulk?: { action: BulkAction; edit?: PostEdit };
  /** Paste: the new text of each post. */
  texts?: readonly string[];
  field?: "title" | "description";
}

interface Props {
  list: PostList;
  changes: PostChanges;
  question: Question;
  selected: readonly Post[];
  /** All posts of the filter are selected. */
  isWhole: boolean;
  outsideFilter: number;
  allowance: Allowance | null;
  /** Replace the selection. */
  onSelect: (posts: readonly Post[]) => void;
  onRequested: () => void;
  /** A change has started: move the focus to the list. */
  onStarted: () => void;
}

/** The dialogs before changes of posts. */
export function Questions(props: Props) {
  const { changes, question, selected, outsideFilter } = props;
  const { setQuestion: onQuestion, closeQuestion } = changes;
  const { about, posts } = question;
  const asked = { posts, onClose: closeQuestion };
  const started = () => {
    closeQuestion();
    props.onStarted();
  };
  const start = (change: Change, seen?: string) => {
    const ids = posts.map((post) => post.id);
    changes.startSteps(planSteps(change, ids, seen));
    started();
  };
  const startEach = (texts: readonly { post: Post; edit: { title: string } | { description: string } }[]) => {
    changes.startSteps(
      texts.map(({ post, edit }) => ({
        change: { kind: "edit", edit: { ...edit, addHashtags: [], removeHashtags: [] } },
        ids: [post.id],
      })),
    );
    started();
  };
  if (question.bulk) {
    return (
      <BulkDialog
        {...question.bulk}
        list={props.list}
        licenses={changes.licenses}
        onRequested={() => {
          started();
          props.onRequested();
        }}
        onClose={asked.onClose}
      />
    );
  }
  switch (about) {
    case "hide":
      return <ReasonDialog {...asked} verb="Hide" onConfirm={(reason) => start({ kind: "hide", reason })} />;
    case "delete":
      return (
        <ReasonDialog
          {...asked}
          verb="Delete"
          outsideFilter={posts === selected ? outsideFilter : 0}
          onConfirm={(reason) => start({ kind: "delete", ...(reason && { reason }) })}
        />
      );
    case "edit":
      return (
        <EditDialog
          {...asked}
          isWhole={props.isWhole}
          onApply={(edit, seen) => {
            if (props.isWhole) onQuestion({ about, posts, bulk: { action: "hashtags", edit } });
            else start({ kind: "edit", edit }, seen);
          }}
          onTitles={(titled) => startEach(titled.map(({ post, title }) => ({ post, edit: { title } })))}
        />
      );
    case "license":
      return (
        <LicenseDialog
          {...asked}
          licenses={changes.licenses}
          onApply={(license) => start({ kind: "license", license })}
        />
      );
    case "download":
      return (
        <DownloadDialog
          {...asked}
          allowance={props.allowance}
          onKeep={(kept) => {
            props.onSelect(kept);
            onQuestion({ about: "download", posts: kept });
          }}
          onRequested={() => {
            asked.onClose();
            props.onRequested();
          }}
        />
      );
    case "answer": {
      const [post] = posts;
      const hide = post && changes.hides.get(post.id);
      return post && hide ? <AnswerDialog post={post} hide={hide} onClose={asked.onClose} /> : null;
    }
    case "versions": {
      const [post] = posts;
      return post ? <VersionsDialog post={post} onClose={asked.onClose} /> : null;
    }
    case "series":
      return <SeriesDialog {...asked} byId={props.list.byId} />;
    case "paste":
      return (
        <PasteDialog
          {...asked}
          field={question.field ?? "title"}
          texts={question.texts ?? []}
          onApply={(edits) => startEach(edits)}
        />
      );
  }
}
