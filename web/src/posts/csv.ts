/** The list as a table for other programs (RFC 4180). */
import type { Post } from "../api/schema";
import { columns } from "./columns";

/** What a spreadsheet would take for a formula is marked as text: titles are anybody's words. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(posts: readonly Post[]): string {
  const told = columns.flatMap((column) => (column.text ? [{ label: column.label, text: column.text }] : []));
  const head = ["Address", ...told.map(({ label }) => label), "Hashtags"];
  const rows = posts.map((post) => [
    post.public_sqid,
    ...told.map(({ text }) => text(post)),
    post.hashtags.map((tag) => `#${tag}`).join(" "),
  ]);
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Give a text to the browser as a file. */
export function saveFile(name: string, text: string, type: string): void {
  // Spreadsheets take a file without this mark for one in the machine's own old encoding.
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
