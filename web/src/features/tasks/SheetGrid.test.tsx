// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";

import { SheetGrid } from "./SheetGrid";

vi.mock("../../data/assets/urls", () => ({ previewUrl: ({ id }: { id: number }, size: number) => `/p/${id}/${size}` }));
vi.mock("../../ui/useLazyImage", () => ({ useLazyImage: (src: string) => ({ src }) }));
afterEach(cleanup);
function show(width: number | null, height: number | null, cell: number, part = {}) {
  const grid = { width: cell, height: cell, margin: 0, spacing: 0, ...part };
  render(<SheetGrid asset={{ id: 7, name: "sheet.png", width, height }} grid={grid} />);
}
const status = () => screen.getByRole("status");

it.each([
  [64, 32, 32, "sheet.png: 2 cells of 32 × 32.", "muted"],
  [32, 32, 32, "sheet.png: 1 cell of 32 × 32.", "muted"],
  [512, 1, 1, "sheet.png: 512 cells of 1 × 1.", "muted"],
  [513, 1, 1, "sheet.png: 513 cells of 1 × 1. A task makes up to 512 files; empty ones are left out.", "wait"],
])("says how many cells %i × %i has by %i", (width, height, cell, words, look) => {
  show(width, height, cell);
  expect([status().textContent.replace(/\s+/g, " "), status().className]).toEqual([words, look]);
});

it("draws the lines over the sheet, each twice, at most as high as the fields leave it", () => {
  show(640, 320, 32, { margin: 4, spacing: 2 });
  const [first, second] = document.querySelectorAll("path");
  expect([first?.getAttribute("d") === second?.getAttribute("d"), first?.getAttribute("d")?.slice(0, 40)]).toEqual([
    ...[true, "M4 4h32v32h-32zM38 4h32v32h-32zM72 4h32v"],
  ]);
  expect(document.querySelector("svg")?.getAttribute("viewBox")).toBe("0 0 640 320");
  const { style } = document.querySelector<HTMLElement>(".mat") ?? document.body;
  expect([style.maxWidth, style.aspectRatio, document.querySelector("img")?.getAttribute("src")]).toEqual([
    ...["640px", "640 / 320", "/p/7/512"],
  ]);
});

it.each([
  [null, 32],
  [32, null],
  [0, 32],
])("is nothing of a file of %s × %s", (width, height) => {
  show(width, height, 32);
  expect(document.querySelector("figure")).toBeNull();
});
