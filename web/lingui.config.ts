import { defineConfig } from "@lingui/cli";
import { formatter } from "@lingui/format-po";

/** The catalogues of the page's texts: English stands in the source, and is what a translation is found by. */
export default defineConfig({
  sourceLocale: "en",
  locales: ["de"],
  catalogs: [
    { path: "src/locales/{locale}", include: ["src"], exclude: ["**/*.test.*", "**/*.stories.tsx", "**/schema.ts"] },
  ],
  format: formatter({ origins: false }),
  // Two modules of ours instead of the library's own: see there.
  runtimeConfigModule: { i18n: ["@pmd/texts", "i18n"], Trans: ["@pmd/texts", "Trans"] },
});
