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

export default defineConfig({
  base: "/pmd/",
  plugins: [react(), sonnerWithoutInlineStyles()],
  build: {
    target: "es2023",
    // The policy allows no data: addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["index.html", "message.html"] },
  },
  test: { environment: "node", include: ["src/**/*.test.ts"] },
});
