import { Monitor, Moon, Sun } from "lucide-react";

import { IconButton } from "../ui/Button";
import { type Theme, useTheme } from "./theme";

const next: Record<Theme, Theme> = { dark: "light", light: "system", system: "dark" };
const icons = { dark: Moon, light: Sun, system: Monitor };
const names: Record<Theme, string> = { dark: "dark", light: "light", system: "as the system" };

export function ThemeSwitch() {
  const [theme, setTheme] = useTheme();
  const Icon = icons[theme];
  const label = `Colours: ${names[theme]}. Change to ${names[next[theme]]}.`;
  return <IconButton icon={Icon} label={label} title={label} onClick={() => setTheme(next[theme])} />;
}
