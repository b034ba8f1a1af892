import { t } from "@lingui/core/macro";
import { Grid2x2, List } from "lucide-react";

import { Tabs } from "./Bar";

export type Look = "grid" | "list";
const looks = [
  { value: "grid", words: t`Grid`, icon: Grid2x2 },
  { value: "list", words: t`List`, icon: List },
] as const;

/** How a page's things are shown. */
export function LookTabs({ value, onChange }: { value: Look; onChange: (look: Look) => void }) {
  return <Tabs label={t`Show as`} look="" options={looks} value={value} onChange={onChange} />;
}
