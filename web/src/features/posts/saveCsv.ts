import { plural, t } from "@lingui/core/macro";

import { config } from "../../data/config";
import type { Post } from "../../data/schema";
import { toast } from "../../ui/toast";
import { toCsv } from "./csv";

export function saveCsv(posts: readonly Post[]): void {
  saveFile(`posts-${config.subject.handle}.csv`, toCsv(posts), "text/csv;charset=utf-8");
  toast.success(t`Exported ${plural(posts.length, { one: "# post", other: "# posts" })} as CSV.`);
}

function saveFile(name: string, text: string, type: string): void {
  // Without a BOM spreadsheets assume a legacy encoding.
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
