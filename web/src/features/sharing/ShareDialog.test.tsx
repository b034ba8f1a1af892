// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import ShareDialog from "./ShareDialog";

const api = vi.hoisted(() => ({ createLink: vi.fn(), useLinks: vi.fn(), withdrawLink: vi.fn() }));
const ui = vi.hoisted(() => ({ copyText: vi.fn(), info: vi.fn(), error: vi.fn() }));
vi.mock("../../data/links/api", () => api);
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("../../ui/toast", () => ({ copyText: ui.copyText, toast: ui }));

const NOW = Date.parse("2026-01-02T00:00:00Z");
const at = (ms: number) => new Date(NOW + ms).toISOString();
const link = (id: number, part: object = {}) => ({
  ...{ id, url: `https://pixel.test/l/${String(id)}`, is_public: false, has_password: false, withdrawn_at: null },
  ...{ expires_at: null, view_count: 0, download_count: 0, wrong_password_count: 0, first_wrong_password_at: null },
  ...part,
});
const on = { onClose: vi.fn(), refetch: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  vi.spyOn(Date, "now").mockReturnValue(NOW);
  api.createLink.mockResolvedValue(link(9));
});
afterEach(cleanup);
function show(links: readonly object[] | undefined = [], error: Error | null = null) {
  api.useLinks.mockReturnValue({ data: links, error, refetch: on.refetch });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ShareDialog of="packs/7" name="Dragons" onClose={on.onClose} />
    </QueryClientProvider>,
  );
}
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: /^Creat/, hidden: true });
const send = async () => {
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const password = () => screen.getByLabelText<HTMLInputElement>("Password");
const write = (value: string) => fireEvent.change(password(), { target: { value } });
const end = (value: string) => fireEvent.change(screen.getByLabelText("Expires"), { target: { value } });
const key = expect.any(String) as string;

it.each([
  ["nothing", () => undefined, { is_public: false, password: null, expires_at: null }],
  ["a password", () => write("waves"), { is_public: false, password: "waves", expires_at: null }],
  ["a day", () => end("1"), { is_public: false, password: null, expires_at: at(86_400_000) }],
  ["a week", () => end("7"), { is_public: false, password: null, expires_at: at(7 * 86_400_000) }],
  ["30 days", () => end("30"), { is_public: false, password: null, expires_at: at(30 * 86_400_000) }],
])("is created with %s, copied and listed", async (_, choose, body) => {
  show();
  choose();
  await send();
  expect(api.createLink.mock.calls).toEqual([["packs/7", body, key]]);
  expect([on.refetch.mock.calls.length, ui.copyText.mock.calls]).toEqual([
    ...[1, [["https://pixel.test/l/9", "Link copied."]]],
  ]);
});

it("asks the next one anew", async () => {
  show();
  write("waves");
  end("7");
  await send();
  expect([password().value, screen.getByLabelText<HTMLSelectElement>("Expires").value]).toEqual(["", ""]);
});

it("keeps what is asked while one is created", async () => {
  const { promise, go } = held();
  api.createLink.mockImplementation(() => promise.then(() => link(9)));
  show();
  await send();
  expect([button().disabled, button().textContent.trim()]).toEqual([true, "Creating…"]);
  write("waves");
  go();
  await settled();
  expect([button().disabled, password().value]).toEqual([false, "waves"]);
});

it("a public one has no password, also not one that was typed before", async () => {
  show();
  write("waves");
  const radios = screen.getAllByRole<HTMLInputElement>("radio", { hidden: true });
  expect(radios.map(({ checked }) => checked)).toEqual([true, false]);
  fireEvent.click(screen.getByLabelText(/^Public/));
  expect([radios.map(({ checked }) => checked), screen.queryByLabelText("Password")]).toEqual([[false, true], null]);
  await send();
  expect(api.createLink.mock.lastCall?.[1]).toEqual({ is_public: true, password: null, expires_at: null });
  fireEvent.click(screen.getByLabelText(/^Public/));
  fireEvent.click(screen.getByLabelText(/^Anyone with the link/));
  expect([password().value, password().minLength, password().maxLength]).toEqual(["", 4, 200]);
});

it("is the same request where it is sent again, though time has passed", async () => {
  api.createLink.mockRejectedValueOnce(new PMDError(503, "Not now."));
  show();
  end("1");
  await send();
  expect([screen.queryByText("Not now.") !== null, ui.copyText.mock.calls]).toEqual([true, []]);
  vi.spyOn(Date, "now").mockReturnValue(NOW + 5000);
  await send();
  expect(api.createLink.mock.calls[1]).toEqual(api.createLink.mock.calls[0]);
});

it("lists the links that work, and what is known of each", () => {
  const guesses = { wrong_password_count: 3, first_wrong_password_at: at(0) };
  show([
    link(1, { withdrawn_at: at(-1) }),
    link(2, { expires_at: at(-1) }),
    link(3, { view_count: 1 }),
    link(4, guesses),
  ]);
  const items = screen.getAllByRole("listitem", { hidden: true });
  expect(items.map((item) => [...item.querySelectorAll(".link-words > *")].map((each) => each.textContent))).toEqual([
    ["pixel.test/l/3", "Anyone with the link · 1 view, 0 downloads"],
    ["pixel.test/l/4", "Anyone with the link · 0 views, 0 downloads", "3 wrong passwords since 2026-01-02"],
  ]);
  expect(screen.getAllByRole("link", { hidden: true }).map((each) => each.getAttribute("href"))).toEqual([
    ...["https://pixel.test/l/3", "https://pixel.test/l/4"],
  ]);
  fireEvent.click(screen.getByRole("button", { name: "Copy https://pixel.test/l/4", hidden: true }));
  expect(ui.copyText.mock.calls).toEqual([["https://pixel.test/l/4", "Link copied."]]);
});

it.each([
  ["none", []],
  ["ones that are not known yet", undefined],
  ["none that works", [link(1, { withdrawn_at: at(-1) })]],
])("has no list of %s", (_, links) => {
  show(links);
  expect([screen.queryByRole("list", { hidden: true }), screen.queryByText("Share “Dragons”") !== null]).toEqual([
    ...[null, true],
  ]);
  expect(api.useLinks.mock.lastCall).toEqual(["packs/7"]);
});

it("withdraws one, once, and says so when it is done", async () => {
  const { promise, go } = held();
  api.withdrawLink.mockReturnValueOnce(promise);
  show([link(3)]);
  const revoke = screen.getByRole<HTMLButtonElement>("button", { name: /^Revoke/, hidden: true });
  fireEvent.click(revoke);
  await settled();
  expect([api.withdrawLink.mock.calls, revoke.disabled, ui.info.mock.calls]).toEqual([[["packs/7", 3]], true, []]);
  go();
  await settled();
  expect([revoke.disabled, ui.info.mock.calls, on.refetch.mock.calls.length]).toEqual([
    ...[false, [["The link no longer works."]], 1],
  ]);
});

it("says what is refused, and that the links could not be loaded", async () => {
  api.withdrawLink.mockRejectedValueOnce(new PMDError(404, "It is gone."));
  show([link(3)], new Error("Not now."));
  fireEvent.click(screen.getByRole("button", { name: /^Revoke/, hidden: true }));
  await settled();
  expect([ui.error.mock.calls, ui.info.mock.calls, on.refetch.mock.calls.length]).toEqual([[["It is gone."]], [], 1]);
  fireEvent.click(screen.getByRole("button", { name: "Try again", hidden: true }));
  expect([screen.queryByText("Not now.") !== null, on.refetch.mock.calls.length]).toEqual([true, 2]);
});
