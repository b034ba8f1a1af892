import { t } from "@lingui/core/macro";
import { Monitor, Moon, Sun } from "lucide-react";

import type { Command } from "../commands/commands";
import { IconButton } from "../ui/Button";
import { type Theme, useTheme } from "./theme";

const next: Record<Theme, Theme> = { system: "dark", dark: "light", light: "system" };
const icons = { dark: Moon, light: Sun, system: Monitor };
const names: Record<Theme, string> = { dark: t`dark`, light: t`light`, system: t`system` };

export function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const label = t`Appearance: ${names[theme]}. Switch to ${names[next[theme]]}.`;
  return <IconButton icon={icons[theme]} label={label} title={label} onClick={() => setTheme(next[theme])} />;
}

/** The same as a command. */
export function useThemeCommand(): Command {
  const [theme, setTheme] = useTheme();
  const to = next[theme];
  return { label: t`Appearance: ${names[to]}`, icon: icons[to], group: "view", run: () => setTheme(to) };
}
