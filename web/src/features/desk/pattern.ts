/** Patterns: one text for many cells. */
import type { Draft } from "./schema";

export const WORDS = ["{n}", "{count}", "{name}", "{folder}", "{date}"] as const;

/** What a pattern's words stand for in one row. */
export interface Row {
  /** From 1, and of how many. */
  readonly n: number;
  readonly count: number;
  readonly file: Pick<NonNullable<Draft["file"]>, "name" | "folder"> | null;
  /** YYYY-MM-DD, the day it goes out; today where there is none. */
  readonly date: string;
}

/** A file's name as words: without its extension, and with spaces. */
export function nameOf(fileName: string): string {
  const stem = fileName.replace(/(?<=.)\.[^.]*$/, "");
  return stem.replace(/[_\s]+/g, " ").trim() || fileName;
}

export function patterned(pattern: string, { n, count, file, date }: Row): string {
  const words: Record<string, string> = {
    // As long as the last, so that names sort.
    n: String(n).padStart(String(count).length, "0"),
    count: String(count),
    name: file ? nameOf(file.name) : "",
    folder: file?.folder.split("/").at(-1) ?? "",
    date,
  };
  return pattern.replace(/\{(\w+)\}/g, (word, name: string) => words[name] ?? word);
}
