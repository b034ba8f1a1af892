import * as v from "valibot";

import { PageConfig } from "./schema";

/** What the server wrote into the page: whose page it is, who is looking, and the site's own words and limits. */
function readConfig(): PageConfig {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="pmd-config"]');
  return v.parse(PageConfig, JSON.parse(meta?.content ?? "null"));
}

export const config = readConfig();

/** Whether the viewer manages somebody else's posts, by their role. */
export const moderates = config.viewer.sqid !== config.subject.sqid;
