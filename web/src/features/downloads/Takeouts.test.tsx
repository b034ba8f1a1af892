// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { Takeouts } from "./Takeouts";

const data = vi.hoisted(() => ({
  ...{ requestTakeout: vi.fn(), refreshTakeouts: vi.fn(), useTakeouts: vi.fn(), useContents: vi.fn() },
  usePMDSSE: vi.fn(),
}));
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock("../../data/client", () => data);
vi.mock("../../data/queries", () => data);
vi.mock("../../data/live/live", () => data);
vi.mock("../../data/ModeratorNote", () => ({ ModeratorNote: () => null }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../platform/clock", () => ({ useNow: () => Date.parse("2026-01-01T00:00:00Z") }));
vi.mock("../../ui/toast", () => ({ toast }));

beforeEach(() => {
  vi.resetAllMocks();
  data.useContents.mockReturnValue({ data: undefined });
  data.requestTakeout.mockResolvedValue(undefined);
});
afterEach(cleanup);
function show(part: object = {}) {
  data.useTakeouts.mockReturnValue({ data: { items: [], next_possible_at: null, ...part } });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Takeouts />
    </QueryClientProvider>,
  );
}
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "Download everything" });
const confirm = () => screen.getByRole<HTMLButtonElement>("button", { name: "Pack everything", hidden: true });
const send = async () => {
  fireEvent.submit(confirm().form ?? document.body);
  await settled();
};

it.each([
  [{}, false, null],
  [{ items: [{ status: "ready" }] }, false, null],
  [{ items: [{ status: "ready" }, { status: "processing" }] }, true, "A takeout is being packed."],
  [{ next_possible_at: "2026-01-01T02:00:00Z" }, true, "Available again in 2 h"],
  [{ next_possible_at: "2026-01-01T00:00:00Z" }, false, null],
  [
    { items: [{ status: "processing" }], next_possible_at: "2026-01-01T02:00:00Z" },
    ...([true, "A takeout is being packed."] as const),
  ],
])("can be asked for: %j", (part, isDisabled, words) => {
  show(part);
  expect([button().disabled, document.querySelector(".takeout p")?.textContent ?? null]).toEqual([isDisabled, words]);
});

it("is not offered where it is off, or not known yet", () => {
  data.useTakeouts.mockReturnValue({ data: undefined });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Takeouts />
    </QueryClientProvider>,
  );
  expect(screen.queryByRole("button")).toBeNull();
});

it("is read anew when the stream says so", () => {
  show();
  const [kind, tell] = data.usePMDSSE.mock.lastCall as [string, (event: { type: string }) => void];
  tell({ type: "snapshot" });
  expect([kind, data.refreshTakeouts.mock.calls]).toEqual(["takeout", []]);
  tell({ type: "update" });
  expect(data.refreshTakeouts).toHaveBeenCalledTimes(1);
});

it.each([
  ["Everything", true, { send_email: true, name: "Everything" }],
  [" Sea ", true, { send_email: true, name: "Sea" }],
  ["  ", false, { send_email: false, name: null }],
])("is packed as %j, with an e-mail: %s", async (name, mails, body) => {
  show();
  fireEvent.click(button());
  fireEvent.change(screen.getByLabelText("Name"), { target: { value: name } });
  const mail = screen.getByRole<HTMLInputElement>("checkbox", { hidden: true });
  expect(mail.checked).toBe(true);
  if (!mails) fireEvent.click(mail);
  await send();
  expect(data.requestTakeout.mock.calls).toEqual([[body, expect.any(String)]]);
  expect([toast.success.mock.calls, data.refreshTakeouts.mock.calls.length]).toEqual([
    ...[[["Everything is being packed."]], 1],
  ]);
  expect(screen.queryByRole("dialog", { hidden: true })).toBeNull();
});

const NONE = { post_count: 0, file_count: 0, pack_count: 0, post_bytes: 0, file_bytes: 0, edition_bytes: 0 };
it.each([
  [{ post_count: 1, post_bytes: 1000 }, "1 post · 1.0 kB"],
  [{ file_count: 2, file_bytes: 3000 }, "2 files · 3.0 kB"],
  [{ pack_count: 1, edition_bytes: 2000, file_bytes: 1000, post_bytes: 1000 }, "1 pack · 4.0 kB"],
])("says how much there is: %j", (part, words) => {
  data.useContents.mockReturnValue({ data: { ...NONE, ...part } });
  show();
  fireEvent.click(button());
  expect(document.querySelector(".numbers")?.textContent).toBe(words);
});

it("is the same request where it is sent again", async () => {
  data.requestTakeout.mockRejectedValueOnce(new PMDError(503, "Not now."));
  show();
  fireEvent.click(button());
  await send();
  expect([screen.queryByText("Not now.") !== null, toast.success.mock.calls]).toEqual([true, []]);
  await send();
  const [first, second] = (data.requestTakeout.mock.calls as [object, string][]).map(([, key]) => key);
  expect(second).toBe(first);
});
