import * as v from "valibot";

import { PageConfig } from "./schema";

/** Server-rendered configuration: subject, viewer, site name and limits. */
function readConfig(): PageConfig {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="pmd-config"]');
  return v.parse(PageConfig, JSON.parse(meta?.content ?? "null"));
}

export const config = readConfig();

/** Whether the viewer manages another artist's posts as a moderator. */
export const moderates = config.viewer.sqid !== config.subject.sqid;
