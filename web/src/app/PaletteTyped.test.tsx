// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, it, vi } from "vitest";

import { openPalette, typeAhead } from "../ui/palette";
import Palette from "./Palette";

vi.mock("../features/posts/finder", () => ({ postFinder: { title: "Posts", find: () => [] } }));
vi.mock("../features/library/finder", () => ({ fileFinder: { title: "Files", find: () => [] } }));
vi.mock("./places", () => ({ PLACES: [] }));

beforeAll(() => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: vi.fn(), removeEventListener: vi.fn() }));
});
afterEach(cleanup);

/** Rendered after the palette and before both are committed: a machine that is busy in between. */
function TypedMeanwhile() {
  typeAhead("sks");
  return null;
}

it("has what was typed before it was rendered, and until it is on the page", () => {
  openPalette();
  typeAhead("ta");
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Palette onClose={vi.fn()} />
      <TypedMeanwhile />
    </QueryClientProvider>,
  );
  expect(screen.getByRole<HTMLInputElement>("combobox").value).toBe("tasks");
});
