// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { SheetDialog } from "./SheetDialog";

const sendSheet = vi.hoisted(() => vi.fn());
vi.mock("./api", () => ({ sendSheet }));
vi.mock("../../data/client", () => ({ apiUrl: (url: string) => url }));

const reported = { row_count: 2, changed_count: 2, same_count: 0, lost_rows: [], ignored_columns: [], errors: [], error_count: 0 }; // prettier-ignore
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});
const written = () => screen.getByLabelText("Or its text");
const confirm = () => document.querySelector<HTMLButtonElement>("button[type=submit]")?.textContent.trim();

it("changes nothing by a text whose report has not been seen", async () => {
  let go: (report: object) => void = () => undefined;
  sendSheet.mockReturnValueOnce(new Promise((resolve) => (go = resolve)));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SheetDialog onChanged={() => undefined} onClose={() => undefined} />
    </QueryClientProvider>,
  );
  fireEvent.change(written(), { target: { value: "first" } });
  fireEvent.submit(written());
  await settled();
  fireEvent.change(written(), { target: { value: "second" } });
  act(() => go(reported));
  await settled();
  expect([confirm(), screen.queryByLabelText("Report")]).toEqual(["Look what it would change", null]);
  sendSheet.mockResolvedValue(reported);
  fireEvent.submit(written());
  await settled();
  expect(confirm()).toBe("Change 2 drafts");
  fireEvent.submit(written());
  await settled();
  expect(sendSheet.mock.calls).toEqual([
    ["first", true],
    ["second", true],
    ["second", false],
  ]);
});
