import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { basename, dirname } from "node:path";

import { describe, expect, it } from "vitest";

const SRC = fileURLToPath(new URL("..", import.meta.url));
const read = (name: string) => readFileSync(SRC + name, "utf8");
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" });
const sheets = files.filter((name) => name.endsWith(".css"));
const modules = files.filter((name) => /\.tsx?$/.test(name) && !name.includes(".test."));
const code = [...modules, ...["index", "message", "docs"].map((name) => `../${name}.html`)].map(read).join("\n");

/** Names that code puts together: `cell-${column.id}`. */
const STEMS = /^(cell|look|pending)-/;
/** What code calls an icon that a sheet names by its class: ArrowLeft, of `lucide-arrow-left`. */
const inCode = (name: string) =>
  name.startsWith("lucide-")
    ? name.slice("lucide".length).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
    : name;

describe.each(sheets)("%s", (sheet) => {
  const text = read(sheet).replace(/\/\*[^]*?\*\//g, "");

  it("is imported by a module beside it", () => {
    const beside = modules.filter((name) => dirname(name) === dirname(sheet));
    const importers = beside.filter((name) => read(name).includes(`import "./${basename(sheet)}"`));
    if (dirname(sheet) === "styles") expect(read("main.tsx")).toContain(`import "./${sheet}"`);
    else expect(importers).not.toEqual([]);
  });

  it("names only classes that code uses", () => {
    const selectors = [...text.matchAll(/([^{};]+)\{/g)].map((match) => match[1] ?? "");
    const classes = new Set(selectors.flatMap((each) => [...each.matchAll(/\.([a-z][\w-]*)/g)].map((m) => m[1] ?? "")));
    const dead = [...classes].filter(
      (name) => !STEMS.test(name) && !new RegExp(`(?<![\\w-])${inCode(name)}(?![\\w-])`).test(code),
    );
    expect(dead).toEqual([]);
  });

  it("has no more than 300 lines", () => {
    expect(read(sheet).split("\n").length).toBeLessThanOrEqual(301);
  });
});
