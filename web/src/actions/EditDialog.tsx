import { Check } from "lucide-react";
import { useMemo, useState } from "react";

import type { PostEdit } from "../api/client";
import type { Post } from "../api/schema";
import { formatCount, plural } from "../lib/format";
import { withToggled } from "../lib/lists";
import { TextArea, TextField } from "../ui/Field";
import { FormError } from "../ui/FormError";
import { hashtagsOf, LIMITS, overfull, parseHashtags, type Titled, titledBy } from "./texts";
import { PostsDialog } from "./PostsDialog";

/** The most hashtags that are offered for removal. */
const SHOWN_TAGS = 40;

interface Props {
  posts: Post[];
  onApply: (edit: PostEdit) => void;
  /** A title for each of these, by a pattern. */
  onTitles: (titled: Titled[]) => void;
  onClose: () => void;
}

/** Hashtags of many posts at once, or their titles by a pattern; of one post its title and description. */
export function EditDialog({ posts, onApply, onTitles, onClose }: Props) {
  const only = posts.length === 1 ? posts[0] : undefined;
  const [title, setTitle] = useState(only?.title ?? "");
  const [description, setDescription] = useState(only?.description ?? "");
  const [added, setAdded] = useState("");
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [pattern, setPattern] = useState("");
  const titled = useMemo(() => (only ? [] : titledBy(pattern, posts)), [only, pattern, posts]);
  const tags = useMemo(() => hashtagsOf(posts), [posts]);
  const what = plural(posts.length, "post");

  const edit: PostEdit = {
    ...(only && title.trim() !== (only.title ?? "") ? { title: title.trim() } : {}),
    ...(only && description.trim() !== (only.description ?? "") ? { description: description.trim() } : {}),
    addHashtags: parseHashtags(added).filter((tag) => !posts.every((post) => post.hashtags.includes(tag))),
    removeHashtags: [...removed],
  };
  const isNothing = Object.keys(edit).length === 2 && edit.addHashtags.length + edit.removeHashtags.length === 0;
  const tooMany = overfull(posts, edit.addHashtags, edit.removeHashtags);

  return (
    <PostsDialog
      title={`Edit ${what}`}
      posts={posts}
      icon={Check}
      confirm={`Apply to ${what}`}
      isDisabled={(isNothing && titled.length === 0) || tooMany > 0}
      onSubmit={() => (titled.length > 0 ? onTitles(titled) : onApply(edit))}
      onClose={onClose}
    >
      {only && (
        <>
          <TextField
            className="field"
            label="Title"
            dir="auto"
            required
            maxLength={LIMITS.title}
            value={title}
            onChange={setTitle}
          />
          <TextArea
            className="field"
            label="Description"
            rows={4}
            dir="auto"
            maxLength={LIMITS.description}
            value={description}
            onChange={setDescription}
          />
        </>
      )}
      {!only && <PatternField pattern={pattern} titled={titled} onChange={setPattern} />}
      <TextField
        className="field"
        label="Add hashtags"
        disabled={titled.length > 0}
        placeholder="#sea #sky"
        autoCapitalize="none"
        value={added}
        onChange={setAdded}
      />
      {tags.length > 0 && (
        <fieldset className="tag-choices">
          <legend>Remove hashtags</legend>
          {tags.slice(0, SHOWN_TAGS).map(({ tag, count }) => (
            <label key={tag} data-removed={removed.has(tag)}>
              <input
                type="checkbox"
                className="visually-hidden"
                checked={removed.has(tag)}
                onChange={() => setRemoved(withToggled(removed, tag))}
              />
              <bdi>#{tag}</bdi> {!only && <span className="count">{formatCount(count)}</span>}
            </label>
          ))}
        </fieldset>
      )}
      {tooMany > 0 && (
        <FormError>
          {plural(tooMany, "post")} would have more than {LIMITS.hashtags} hashtags.
        </FormError>
      )}
    </PostsDialog>
  );
}

interface PatternProps {
  pattern: string;
  titled: readonly Titled[];
  onChange: (pattern: string) => void;
}

/** Many titles at once, with the first and the last as they will be. */
function PatternField({ pattern, titled, onChange }: PatternProps) {
  const ends = [...new Set([titled[0], titled.at(-1)])].filter((each) => each !== undefined);
  return (
    <TextField
      className="field"
      label="Title pattern"
      placeholder="{title} {n}"
      dir="auto"
      maxLength={LIMITS.title}
      value={pattern}
      onChange={onChange}
      help={
        <small className="muted" dir="auto">
          {ends.length > 0
            ? `${plural(titled.length, "title")}: ${ends.map(({ title }) => title).join(" … ")}`
            : "{n} is the position in the list, {date} the date posted, {title} the current title."}
        </small>
      }
    />
  );
}
