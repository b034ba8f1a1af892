// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { showStoredTheme } from "./theme";

it.each([
  [null, "system"],
  ['"dark"', "dark"],
  ['"light"', "light"],
  ['"sepia"', "system"],
])("a page that has stored the theme %s begins with %s", (stored, shown) => {
  localStorage.clear();
  if (stored !== null) localStorage.setItem("pmd.theme", stored);
  showStoredTheme();
  expect(document.documentElement.dataset["theme"]).toBe(shown);
});
