import { useLayoutEffect } from "react";
import * as v from "valibot";

import { readStored, useStored } from "../platform/stored";

const KEY = "pmd.theme";
const Theme = v.picklist(["dark", "light", "system"]);
export type Theme = v.InferOutput<typeof Theme>;

function show(theme: Theme): void {
  document.documentElement.dataset["theme"] = theme;
}

export function showStoredTheme(): void {
  show(readStored(localStorage, KEY, Theme) ?? "system");
}

export function useTheme() {
  const [theme, setTheme] = useStored<Theme>(KEY, Theme, "system");
  useLayoutEffect(() => show(theme), [theme]);
  return [theme, setTheme] as const;
}
