/** CSV export (RFC 4180). */
import { t } from "@lingui/core/macro";

import type { Post } from "../../data/schema";
import { facts } from "./facts";

/** CSV injection: what a spreadsheet would take for a formula is marked as text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(posts: readonly Post[]): string {
  const head = [t`Address`, ...facts.map(({ label }) => label), t`Hashtags`];
  const rows = posts.map((post) => [
    post.public_sqid,
    ...facts.map(({ text }) => text(post)),
    post.hashtags.map((tag) => `#${tag}`).join(" "),
  ]);
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
