/** Every text of the page has its German, and the catalogue has no text that the page lacks. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { createCompiledCatalog, extractor } from "@lingui/cli/api";
import { makeConfig } from "@lingui/conf";
import { formatter } from "@lingui/format-po";
import { expect, it } from "vitest";

import config from "../../lingui.config";

const root = fileURLToPath(new URL("..", import.meta.url));
const catalogue = await formatter({ origins: false }).parse(readFileSync(`${root}/locales/de.po`, "utf8"), {
  locale: "de",
  sourceLocale: "en",
  filename: "de.po",
});
const linguiConfig = makeConfig(config, { skipValidation: true });
/** Elements and values of a sentence: "<0>", "{name}". */
const places = (text: string) =>
  [...new Set(text.match(/<\/?\d+\/?>|\{\d+|(?<![,}] (?:one|other) )\{[a-z]\w*(?=[,}])/gi))].sort().join(" ");

async function textsOf(code: string, file = "a.tsx"): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  await extractor.extract(file, code, ({ id, message = id }) => texts.set(id, message), { linguiConfig });
  return texts;
}

it("finds what the macros make of texts", async () => {
  const code = 'import { t } from "@lingui/core/macro"; const words = (name: string) => t`Hello ${name}`;';
  expect([...(await textsOf(code)).values()]).toEqual(["Hello {name}"]);
});

it("has every text of the page in German, and none besides", async () => {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (path) => /\.tsx?$/.test(path) && !/\.(test|stories)\.|schema\.ts$/.test(path),
  );
  const texts = new Map<string, string>();
  for (const file of files) {
    const code = readFileSync(`${root}/${file}`, "utf8");
    if (!/@lingui\/\w+\/macro/.test(code)) continue;
    for (const [id, message] of await textsOf(code, `${root}/${file}`)) texts.set(id, message);
  }
  const missing = [...texts].filter(([id]) => !catalogue[id]?.translation).map(([, message]) => message);
  expect(missing, "npx lingui extract --clean, then translate").toEqual([]);
  expect(Object.keys(catalogue).filter((id) => !texts.has(id))).toEqual([]);
}, 600_000);

it("keeps each sentence’s elements and values", () => {
  const others = Object.values(catalogue).filter(
    ({ message = "", translation }) => places(message) !== places(translation),
  );
  expect(others.map(({ message, translation }) => [message, translation])).toEqual([]);
});

it("can be compiled", () => {
  const messages = Object.fromEntries(Object.entries(catalogue).map(([id, { translation }]) => [id, translation]));
  expect(createCompiledCatalog("de", messages, {}).errors).toEqual([]);
});
