import { readFileSync, realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";

import { transformAsync } from "@babel/core";
import { lingui } from "@lingui/vite-plugin";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

import { MEDIA } from "./src/platform/media.ts";

/** Where our modules are: below it their paths count, since a folder above may have any name, `src` too. */
const SOURCE = `${realpathSync(fileURLToPath(new URL("src", import.meta.url)))}/`;
const pathOf = (id: string) => (id.startsWith(SOURCE) ? id.slice(SOURCE.length) : null);

/** Finds our modules by their paths, and those of others by their ids. */
function modules(ours: RegExp, others?: RegExp) {
  return (id: string) => {
    const path = pathOf(id);
    return path === null ? (others?.test(id) ?? false) : ours.test(path);
  };
}

/** From the weakest to the strongest. A sheet's layer is the floor that its folder stands on; `styles` is the base. */
const LAYERS = ["vendor", "base", "ui", "commands", "data", "app", "features"];

/** Puts each sheet into its layer, and gives it the names of the page's media queries. */
function layeredSheets(): Plugin {
  const media = Object.entries(MEDIA).map(([name, query]) => `@custom-media --${name} ${query};`);
  const head = [`@layer ${LAYERS.join(", ")};`, ...media].join(" ");
  return {
    name: "layered-sheets",
    enforce: "pre",
    transform: {
      filter: { id: /\.css$/ },
      handler(code, id) {
        const floor = pathOf(id)?.split("/")[0] ?? "vendor";
        const layer = floor === "styles" ? "base" : floor;
        if (!LAYERS.includes(layer)) this.error(`There is no layer for ${id}: the layers are ${LAYERS.join(", ")}.`);
        return { code: `${head} @layer ${layer} { ${code} }`, map: null };
      },
    },
  };
}

/**
 * Lingui's macros become calls with the text and its id. Babel alone, for the files that use them: the plugin that
 * brings it to Rolldown needs a newer Node.js than the page's build. The English stays in the code, so that a page brings its own.
 */
function macros(): Plugin {
  return {
    name: "macros",
    enforce: "pre",
    transform: {
      filter: { id: /\.tsx?$/, code: /@lingui\/\w+\/macro/ },
      async handler(code, id) {
        const done = await transformAsync(code, {
          filename: id,
          configFile: false,
          babelrc: false,
          sourceMaps: true,
          parserOpts: { plugins: id.endsWith("x") ? ["typescript", "jsx"] : ["typescript"] },
          plugins: [["@lingui/babel-plugin-lingui-macro", { stripMessageField: false }]],
        });
        return done?.code ? { code: done.code, map: JSON.stringify(done.map) } : null;
      },
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
    generateBundle: {
      order: "post", // after Vite has written into each script which pieces it loads with it
      async handler(_options, bundle) {
        const compressed = Object.entries(bundle)
          .filter(([fileName]) => /\.(js|css|svg)$/.test(fileName))
          .flatMap(([fileName, output]) =>
            ways.map(async ([suffix, compress]) => {
              const source = await compress(output.type === "chunk" ? output.code : output.source);
              this.emitFile({ type: "asset", fileName: fileName + suffix, source });
            }),
          );
        await Promise.all(compressed);
      },
    },
  };
}

/**
 * Writes down which files each page consists of besides those that index.html names, in `pages.json`: the service tells
 * the browser of them with the page itself, which else would learn of them only after it has run the first ones.
 */
function pagePreloads(): Plugin {
  return {
    name: "page-preloads",
    generateBundle: {
      order: "post", // after Vite has taken out the pieces that held nothing but a style
      handler(_options, bundle) {
        const filesOf = (fileName: string, known = new Set<string>()): Set<string> => {
          const chunk = bundle[fileName];
          if (chunk?.type !== "chunk" || known.has(fileName)) return known;
          known.add(fileName);
          for (const style of chunk.viteMetadata?.importedCss ?? []) known.add(style);
          for (const other of chunk.imports) filesOf(other, known);
          return known;
        };
        const chunks = Object.values(bundle).filter((output) => output.type === "chunk");
        const index = chunks.find((chunk) => chunk.isEntry && chunk.facadeModuleId?.endsWith("index.html"));
        const first = filesOf(index?.fileName ?? "");
        const pages = chunks.flatMap((chunk) => {
          const name = /\/(\w+)Page\.tsx$/.exec(chunk.facadeModuleId ?? "")?.[1]?.toLowerCase();
          return name ? [[name, [...filesOf(chunk.fileName)].filter((file) => !first.has(file))]] : [];
        });
        const source = JSON.stringify(Object.fromEntries(pages));
        this.emitFile({ type: "asset", fileName: "pages.json", source });
      },
    },
  };
}

/** While one works on the page: its HTML is the service's, with the modules of `src` instead of those that were built. */
function servicePages(service: string): Plugin {
  return {
    name: "service-pages",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const url = request.originalUrl ?? "/";
        if (!/^\/u\/[^/]+\/\w+/.test(url)) {
          next();
          return;
        }
        const answer = async () => {
          const { cookie = "", accept = "" } = request.headers;
          const page = await fetch(service + url, { headers: { cookie, accept }, redirect: "manual" });
          const built = await page.text();
          const config = /name="pmd-config" content="([^"]*)"/.exec(built)?.[1];
          const own =
            config && readFileSync(new URL("index.html", import.meta.url), "utf8").replace("{{config}}", config);
          response.statusCode = page.status;
          response.setHeader("content-type", "text/html; charset=utf-8");
          response.end(own ? await server.transformIndexHtml(url, own) : built);
        };
        answer().catch(next);
      });
    },
  };
}

/** The server of `pmd-admin run --dev`: what is no module of the page is the service's, its event stream too. */
function devServer(target: string) {
  const proxy = { "^/(?!pmd/)|^/pmd/(assets|device)": { target, changeOrigin: true, headers: { origin: target } } };
  return { host: "127.0.0.1", port: Number(process.env["PORT"]), strictPort: true, proxy, fs: { allow: [".."] } };
}

const service = process.env["BASE_URL"];

export default defineConfig(({ mode }) => ({
  ...(service !== undefined && { server: devServer(service) }),
  base: "/pmd/",
  resolve: {
    alias: {
      "@pmd/client": fileURLToPath(new URL("../clients/typescript/src/index.ts", import.meta.url)),
      "@pmd/texts": fileURLToPath(new URL("src/platform/texts.tsx", import.meta.url)),
    },
  },
  css: { transformer: "lightningcss", lightningcss: { drafts: { customMedia: true } } },
  plugins: [
    macros(),
    lingui(),
    react(),
    layeredSheets(),
    service !== undefined && servicePages(service),
    pagePreloads(),
    mode === "production" && compressedCopies(),
  ],
  build: {
    target: "es2023",
    ...(mode === "development" && { outDir: "dist-development", minify: false, sourcemap: true }),
    // The policy allows no data: addresses, so nothing may be inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1600, // Swagger UI comes in one piece, and on its own page only
    rolldownOptions: {
      input: ["index.html", "message.html", "docs.html"],
      checks: { bundlerTimings: false }, // on a busy machine it takes each build for a slow one
      output: {
        codeSplitting: {
          groups: [
            // One sheet of what is shown around every page; each page brings its own.
            { name: "styles", test: modules(/^(styles|ui|commands|data|app)\/(?!docs|message).*\.css$/), priority: 2 },
            // All that message.html needs of it.
            {
              name: "react",
              test: modules(/^platform\/stored?\b/, /\/node_modules\/(react|valibot)\//),
              priority: 1,
            },
            // One piece of what all pages share, instead of one request for each icon and each small module: it
            // was 40 a page, for hundreds of bytes most of them.
            // Not the one module that another of them awaits while it is evaluated: in one piece they wait for each other.
            {
              name: "shared",
              test: modules(
                /^(platform\/(?!mirrored)|data\/|ui\/|commands\/)/,
                /\/node_modules\/(lucide-react|@tanstack)\//,
              ),
            },
          ],
        },
      },
    },
  },
  // What a browser would be sent in one piece is not needed by unit tests, and Vite's search for it stumbles over macros.
  ...(mode === "test" && { environments: { __vitest_vm__: { optimizeDeps: { noDiscovery: true } } } }), // the pool's
  // A process for each file took five times as long as the tests. Their files share a context; `setup.ts` keeps the modules apart.
  test: {
    environment: "node",
    pool: "vmThreads",
    maxWorkers: "100%", // by default one core stays idle, of two
    testTimeout: 60_000, // the default, 5 s, is less than one took on a busy machine
    setupFiles: "src/testing/setup.ts",
    include: ["src/**/*.test.{ts,tsx}", "../clients/typescript/test/*.test.ts"],
  },
}));
