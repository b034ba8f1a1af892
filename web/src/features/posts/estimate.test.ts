import { expect, it } from "vitest";

import { aPost } from "../../testing/posts";
import { estimateArchive } from "./estimate";

it("adds up the files and what a ZIP says of each, and owns to what it does not know", () => {
  expect(estimateArchive([aPost(1), aPost(2, { file_bytes: null })])).toEqual({ bytes: 2200, unknown: 1 });
  expect(estimateArchive([])).toEqual({ bytes: 0, unknown: 0 });
});
