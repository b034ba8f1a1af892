/** The sortable and exported properties of posts. */
import { t } from "@lingui/core/macro";

import type { Post } from "../../data/schema";
import { prepare } from "./prepared";
import { inOrderOf } from "./sorting";

type Key = string | number | undefined;

interface Fact {
  /** Its id in the URL. */
  id: string;
  label: string;
  /** The sort key; undefined sorts last in either direction. */
  sortBy: (post: Post) => Key;
  /** Descending first. */
  descFirst: boolean;
  text: (post: Post) => string;
}

function number(id: string, label: string, value: (post: Post) => number | null): Fact {
  const text = (post: Post) => String(value(post) ?? "");
  return { id, label, descFirst: true, sortBy: (post) => value(post) ?? undefined, text };
}

/** Sorted by its text, or by a key. */
function words(
  id: string,
  label: string,
  value: (post: Post) => string | null,
  keyOf: Fact["sortBy"] = (post) => value(post) ?? undefined,
): Fact {
  const sortBy = (post: Post) => (value(post) ? keyOf(post) : undefined);
  return { id, label, descFirst: false, sortBy, text: (post) => value(post) ?? "" };
}

/** Visible first, then hidden by the artist, then by a moderator. */
function visibilityRank(post: Post): number {
  return (post.hidden_by_user ? 1 : 0) + (post.hidden_by_mod ? 2 : 0);
}

const preparedAs = (part: "title" | "description" | "time") => (post: Post) => prepare(post)[part];

const VISIBILITIES = [t`visible`, t`hidden`, t`hidden by moderator`, t`hidden by both`];

export const facts: readonly Fact[] = [
  words("visibility", t`Status`, (post) => VISIBILITIES[visibilityRank(post)] ?? "", visibilityRank),
  words("title", t`Title`, ({ title }) => title, preparedAs("title")),
  words("description", t`Description`, ({ description }) => description, preparedAs("description")),
  { ...words("date", t`Date`, (post) => post.created_at, preparedAs("time")), descFirst: true },
  number("frames", t`Frames`, (post) => post.frame_count),
  words("format", t`Format`, (post) => post.file_format),
  number("size", t`Size`, (post) => post.file_bytes),
  number("width", t`Width`, (post) => post.width),
  number("height", t`Height`, (post) => post.height),
  number("reactions", t`Reactions`, (post) => post.reaction_count),
  number("comments", t`Comments`, (post) => post.comment_count),
  number("views", t`Views`, (post) => post.view_count),
  words("license", t`Licence`, (post) => post.license_identifier),
];

export const factOf = (id: string) => facts.find((fact) => fact.id === id);

/** Sort posts, which are given newest first. */
export function sortPosts(posts: readonly Post[], { id, desc }: { id: string; desc: boolean }): readonly Post[] {
  const fact = factOf(id);
  if (!fact || (id === "date" && desc)) return posts;
  return inOrderOf(posts, id, fact.sortBy, desc);
}

/** "Newest", "Oldest", "Title", "Size, largest first". */
export function sortWords({ id, desc }: { id: string; desc: boolean }): string {
  if (id === "date") return desc ? t`Newest` : t`Oldest`;
  const fact = factOf(id);
  if (!fact) return t`Newest`;
  if (desc === fact.descFirst) return fact.label;
  return `${fact.label}, ${desc ? t`reversed` : t`smallest first`}`;
}
