// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import { expect, it, vi } from "vitest";

import { BackLink } from "./PageBody";

// As the page was left, it is the item that the link leads away from.
vi.mock("../platform/address", () => ({
  pageHref: (page: string, values?: object) => (values ? `/${page}` : `/${page}?pack=7`),
  isPlainClick: () => true,
}));

it("the way back leads to the list in a tab of its own too", () => {
  render(<BackLink to="packs" words="Packs" onOpen={() => undefined} />);
  expect(screen.getByRole("link", { name: "Packs" }).getAttribute("href")).toBe("/packs");
});
