import { expect, it, vi } from "vitest";

import { aPost } from "../../testing/posts";

vi.mock("../../platform/address", () => ({}));
const { toCsv } = await import("./csv");

it("holds a line for each post, and quotes what needs it", () => {
  const [head, first, ...rest] = toCsv([aPost(1, { title: 'A "sea", calm', hashtags: ["sea", "sky"] })]).split("\r\n");
  expect(head).toMatch(/^Address,Status,Title,Description,Date,/);
  expect(first).toContain('p1,visible,"A ""sea"", calm",');
  expect(first).toMatch(/,#sea #sky$/);
  expect(rest).toEqual([""]);
});

it("gives no spreadsheet a formula to work out", () => {
  expect(toCsv([aPost(1, { title: "=HYPERLINK(1)" })])).toContain(",'=HYPERLINK(1),");
});
