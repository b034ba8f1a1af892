import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/**
 * Sonner puts a <style> element into the page when it is loaded, which the page's Content-Security-Policy forbids
 * (no 'unsafe-inline'). The same styles come from its style sheet, imported in main.tsx.
 */
function sonnerWithoutInlineStyles(): Plugin {
  return {
    name: "sonner-without-inline-styles",
    transform(code, id) {
      if (!id.includes("/sonner/dist/")) return null;
      const without = code.replace(/^__insertCSS\(".*"\);$/m, "");
      if (id.endsWith(".mjs") && without === code) this.error("sonner inserts its styles in another way now");
      return { code: without, map: null };
    },
  };
}

/** Puts compressed copies beside scripts and styles, which the service sends to browsers that take them. */
function compressedCopies(): Plugin {
  const ways = [
    [".br", promisify(brotliCompress)],
    [".gz", promisify(gzip)],
  ] as const;
  return {
    name: "compressed-copies",
    async generateBundle(_options, bundle) {
      for (const [fileName, output] of Object.entries(bundle)) {
        if (!/\.(js|css|svg)$/.test(fileName)) continue;
        const content = output.type === "chunk" ? output.code : output.source;
        for (const [suffix, compress] of ways) {
          const source = await compress(content);
          this.emitFile({ type: "asset", fileName: fileName + suffix, source });
        }
      }
    },
  };
}

export default defineConfig({
  base: "/pmd/",
  plugins: [react(), sonnerWithoutInlineStyles(), compressedCopies()],
  build: {
    target: "es2023",
    // The policy allows no data: addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: ["index.html", "message.html"] },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
