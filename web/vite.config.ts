import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Puts compressed copies beside scripts and styles, which the service sends to browsers that take them. */
function compressedCopies(): Plugin {
  const ways = [
    [".br", promisify(brotliCompress)],
    [".gz", promisify(gzip)],
  ] as const;
  return {
    name: "compressed-copies",
    generateBundle: {
      order: "post", // after Vite has written into each script which pieces it loads with it
      async handler(_options, bundle) {
        for (const [fileName, output] of Object.entries(bundle)) {
          if (!/\.(js|css|svg)$/.test(fileName)) continue;
          const content = output.type === "chunk" ? output.code : output.source;
          for (const [suffix, compress] of ways) {
            const source = await compress(content);
            this.emitFile({ type: "asset", fileName: fileName + suffix, source });
          }
        }
      },
    },
  };
}

export default defineConfig({
  base: "/pmd/",
  plugins: [react(), compressedCopies()],
  build: {
    target: "es2023",
    // The policy allows no data: addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600, // Swagger UI comes in one piece, and on its own page only
    rolldownOptions: { input: ["index.html", "message.html", "docs.html"] },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
