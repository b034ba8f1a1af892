/** What is known of a post, by names: how each sorts, and how it is written into the exported list. */
import type { Post } from "../api/schema";
import { prepare } from "./prepared";
import { inOrderOf } from "./sorting";

type Key = string | number | undefined;

interface Fact {
  /** As the address names it. */
  id: string;
  label: string;
  /** What it sorts by; undefined sorts last, whichever way. */
  sortBy: (post: Post) => Key;
  /** Begin with the largest. */
  descFirst: boolean;
  text: (post: Post) => string;
}

function number(id: string, label: string, value: (post: Post) => number | null): Fact {
  const text = (post: Post) => String(value(post) ?? "");
  return { id, label, descFirst: true, sortBy: (post) => value(post) ?? undefined, text };
}

/** Sorted by its text, or by what is made of that. */
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

const VISIBILITIES = ["visible", "hidden", "hidden by moderator", "hidden by both"];

export const facts: readonly Fact[] = [
  words("visibility", "Status", (post) => VISIBILITIES[visibilityRank(post)] ?? "", visibilityRank),
  words("title", "Title", ({ title }) => title, preparedAs("title")),
  words("description", "Description", ({ description }) => description, preparedAs("description")),
  { ...words("date", "Date", (post) => post.created_at, preparedAs("time")), descFirst: true },
  number("frames", "Frames", (post) => post.frame_count),
  words("format", "Format", (post) => post.file_format),
  number("size", "Size", (post) => post.file_bytes),
  number("width", "Width", (post) => post.width),
  number("height", "Height", (post) => post.height),
  number("reactions", "Reactions", (post) => post.reaction_count),
  number("comments", "Comments", (post) => post.comment_count),
  number("views", "Views", (post) => post.view_count),
  words("license", "Licence", (post) => post.license_identifier),
];

export const factOf = (id: string) => facts.find((fact) => fact.id === id);

/** The posts, which come newest first, in the order of a fact. */
export function sortPosts(posts: readonly Post[], { id, desc }: { id: string; desc: boolean }): readonly Post[] {
  const fact = factOf(id);
  if (!fact || (id === "date" && desc)) return posts;
  return inOrderOf(posts, id, fact.sortBy, desc);
}

/** "Newest", "Oldest", "Title", "Size, largest first". */
export function sortWords({ id, desc }: { id: string; desc: boolean }): string {
  if (id === "date") return desc ? "Newest" : "Oldest";
  const fact = factOf(id);
  if (!fact) return "Newest";
  if (desc === fact.descFirst) return fact.label;
  return `${fact.label}, ${desc ? "reversed" : "smallest first"}`;
}
