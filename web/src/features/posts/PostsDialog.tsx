import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Check, ClipboardPaste, EyeOff, Trash2 } from "lucide-react";
import { type ComponentProps, useState } from "react";

import { config, moderates } from "../../data/config";
import type { License, Post } from "../../data/schema";
import { formatCount } from "../../platform/format";
import { commonValue } from "../../platform/lists";
import { PostPicture } from "./PostPicture";
import { FormDialog } from "../../ui/Dialog";
import { Choice, TextArea } from "../../ui/Field";
import { ModeratorNote } from "../../data/ModeratorNote";
import { LIMITS } from "./texts";

/** Thumbnails shown. */
const SHOWN = 8;
const MAX_REASON = 500;

interface PostsDialogProps extends ComponentProps<typeof FormDialog> {
  posts: readonly Post[];
  /** Where there are more than these. */
  count?: number;
}

/** A form about posts, with their thumbnails and, for moderators, their owner. */
export function PostsDialog({ posts, count = posts.length, children, ...asked }: PostsDialogProps) {
  const more = count - SHOWN;
  return (
    <FormDialog {...asked}>
      <div className="strip beside" aria-hidden>
        {posts.slice(0, SHOWN).map((post) => (
          <PostPicture key={post.id} post={post} box={36} />
        ))}
        {more > 0 && <span className="muted">+{formatCount(more)}</span>}
      </div>
      <ModeratorNote />
      {children}
    </FormDialog>
  );
}

interface ReasonProps {
  verb: "Hide" | "Delete";
  posts: readonly Post[];
  outsideFilter?: number;
  /** `reason`: a moderator's. */
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/** Confirms deleting, or hiding by a moderator. Moderators give a reason, which is recorded in the audit trail. */
export function ReasonDialog({ verb, posts, outsideFilter = 0, onConfirm, onClose }: ReasonProps) {
  const [reason, setReason] = useState("");
  const isDelete = verb === "Delete";
  const what = plural(posts.length, { one: "# post", other: "# posts" });
  return (
    <PostsDialog
      title={isDelete ? t`Delete ${what}?` : t`Hide ${what}?`}
      posts={posts}
      icon={isDelete ? Trash2 : EyeOff}
      confirm={isDelete ? t`Delete ${what}` : t`Hide ${what}`}
      isDangerous={isDelete}
      isDisabled={moderates && reason.trim() === ""}
      onSubmit={() => onConfirm(reason.trim())}
      onClose={onClose}
    >
      {outsideFilter > 0 && (
        <p className="wait">
          <Trans>
            <Plural
              value={outsideFilter}
              one="# of them is outside the current filter."
              other="# of them are outside the current filter."
            />
          </Trans>
        </p>
      )}
      {isDelete && <DeletedPosts />}
      {moderates && <ReasonField reason={reason} onChange={setReason} />}
    </PostsDialog>
  );
}

/** What deleting means. */
export function DeletedPosts() {
  const days =
    config.post_keep_days === null ? "" : t` for ${plural(config.post_keep_days, { one: "# day", other: "# days" })}`;
  return (
    <p>
      <Trans>
        They disappear from {config.site_name} immediately. You can undo this right away, or restore them from the trash
        {days}.
      </Trans>
    </p>
  );
}

/** A moderator's. */
export function ReasonField({ reason, onChange }: { reason: string; onChange: (reason: string) => void }) {
  return (
    <TextArea
      className="field"
      label={t`Reason (the artist can read it)`}
      rows={3}
      dir="auto"
      required
      maxLength={MAX_REASON}
      value={reason}
      onChange={onChange}
    />
  );
}

interface LicenseProps {
  posts: readonly Post[];
  licenses: readonly License[];
  onApply: (license: License | null) => void;
  onClose: () => void;
}

export function LicenseDialog({ posts, licenses, onApply, onClose }: LicenseProps) {
  // The licence that all have, "" for none.
  const [chosen, setChosen] = useState(() => commonValue(posts, (post) => post.license_identifier ?? ""));
  // One that is no choice here, or not yet, is not applied: the posts would lose it.
  const isKnown = chosen === "" || licenses.some(({ identifier }) => identifier === chosen);
  return (
    <PostsDialog
      title={t`Licence of ${plural(posts.length, { one: "# post", other: "# posts" })}`}
      posts={posts}
      icon={Check}
      confirm={t`Apply to ${plural(posts.length, { one: "# post", other: "# posts" })}`}
      isDisabled={!isKnown}
      onSubmit={() => onApply(licenses.find((license) => license.identifier === chosen) ?? null)}
      onClose={onClose}
    >
      <LicenseField licenses={licenses} chosen={chosen} onChange={setChosen} />
    </PostsDialog>
  );
}

interface LicenseFieldProps {
  licenses: readonly License[];
  /** An identifier, "" for none; null: not chosen yet. */
  chosen: string | null;
  onChange: (identifier: string) => void;
}

export function LicenseField({ licenses, chosen, onChange }: LicenseFieldProps) {
  const choices = [...licenses, { identifier: "", title: t`No licence: all rights reserved` }];
  return (
    <fieldset className="choices">
      <legend className="visually-hidden">
        <Trans>Licence</Trans>
      </legend>
      {choices.map(({ identifier, title }) => (
        <Choice
          key={identifier}
          type="radio"
          name="license"
          note={identifier}
          checked={chosen === identifier}
          onChange={() => onChange(identifier)}
        >
          {title}
        </Choice>
      ))}
    </fieldset>
  );
}

/** Pairs previewed. */
const SHOWN_PAIRS = 6;

type Edit = { title: string } | { description: string };

interface PasteProps {
  posts: readonly Post[];
  field: "title" | "description";
  texts: readonly string[];
  onApply: (edits: { post: Post; edit: Edit }[]) => void;
  onClose: () => void;
}

/** Confirms a pasted column: which post gets which line. */
export function PasteDialog({ posts, field, texts, onApply, onClose }: PasteProps) {
  const edits = posts.flatMap((post, index) => {
    const text = (texts[index] ?? "").slice(0, LIMITS[field]);
    return text === (post[field] ?? "")
      ? []
      : [{ post, text, edit: field === "title" ? { title: text } : { description: text } }];
  });
  const { length: count } = edits;
  const isTitle = field === "title";
  return (
    <PostsDialog
      title={
        isTitle
          ? t`Change the title of ${plural(count, { one: "# post", other: "# posts" })}?`
          : t`Change the description of ${plural(count, { one: "# post", other: "# posts" })}?`
      }
      posts={posts}
      icon={ClipboardPaste}
      confirm={
        isTitle
          ? t`Change ${plural(count, { one: "# title", other: "# titles" })}`
          : t`Change ${plural(count, { one: "# description", other: "# descriptions" })}`
      }
      isDisabled={edits.length === 0}
      onSubmit={() => onApply(edits)}
      onClose={onClose}
    >
      <ol className="pairs">
        {edits.slice(0, SHOWN_PAIRS).map(({ post, text }) => (
          <li key={post.id}>
            <span className="cut muted" dir="auto">
              {post[field] ?? "–"}
            </span>
            <span className="cut" dir="auto">
              {text}
            </span>
          </li>
        ))}
      </ol>
      {edits.length > SHOWN_PAIRS && (
        <p className="muted">
          <Trans>and {formatCount(edits.length - SHOWN_PAIRS)} more</Trans>
        </p>
      )}
    </PostsDialog>
  );
}
