import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

const SRC = fileURLToPath(new URL("..", import.meta.url));
const code = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".tsx") && !name.includes(".test."))
  .map((name) => [name, readFileSync(SRC + name, "utf8")] as const);

const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, id]) => id);

// A screen reader finds parts of a page by their names; one whose heading is not there has none.
it("a part that is named by its heading has that heading, once", () => {
  const named = code.flatMap(([name, text]) => found(text, /aria-labelledby="([^"]+)"/g).map((id) => [name, id, text]));
  expect(named.length).toBeGreaterThan(15);
  const astray = named.filter(
    ([, id, text]) => found(text ?? "", /\sid="([^"]+)"/g).filter((each) => each === id).length !== 1,
  );
  expect(astray.map(([name, id]) => `${name} ${id}`)).toEqual([]);
});
