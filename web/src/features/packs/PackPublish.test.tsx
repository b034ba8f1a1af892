// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { PackPublish } from "./PackPublish";
import type { Pack } from "./schema";

const who = vi.hoisted(() => ({ shares: true, moderates: false }));
const links = vi.hoisted(() => ({ showTo: vi.fn(), refreshPacks: vi.fn() }));
vi.mock("../../data/config", () => ({
  config: {
    get shares() {
      return who.shares;
    },
  },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("./links", () => ({ showTo: links.showTo }));
vi.mock("./api", () => ({ refreshPacks: links.refreshPacks }));

const PACK = {
  ...{ id: 7, name: "Dragons", license_type: "attribution", license_identifier: "CC-BY-4.0", edition: 2 },
  ...{ seen_by: "owner", total_size_bytes: 3000, added_count: 0, removed_count: 0 },
} as unknown as Pack;
const on = { onBuild: vi.fn(), onEdit: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(who, { shares: true, moderates: false });
});
afterEach(cleanup);
const client = new QueryClient();
const drawn = (part: Partial<Pack> = {}, isBuilding = false, isDisabled = false) => (
  <QueryClientProvider client={client}>
    <PackPublish pack={{ ...PACK, ...part }} {...{ isBuilding, isDisabled, ...on }} />
  </QueryClientProvider>
);
const show = (...how: Parameters<typeof drawn>) => render(drawn(...how));
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
const type = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const build = () => screen.getByRole<HTMLButtonElement>("button", { name: /^Build/ });

it.each([
  ["", "", { version: null, changes: null }],
  ["1.2.0", " Two wyverns. ", { version: "1.2.0", changes: "Two wyverns." }],
  ["", "   ", { version: null, changes: null }],
])("is built as version %j with %j as what is new", (version, changes, request) => {
  show();
  type("Version", version);
  type("What is new", changes);
  fireEvent.submit(screen.getByRole("form", { name: "Build" }));
  expect(on.onBuild.mock.calls).toEqual([[request]]);
});

it.each([
  [{ seen_by: "owner", edition: 0 }, "Build edition 1", null],
  [
    { seen_by: "link", edition: 2 },
    "Build and publish edition 3",
    "Edition 2 stays where it is until this one is built.",
  ],
  [
    { seen_by: "everyone", edition: 1 },
    "Build and publish edition 2",
    "Edition 1 stays where it is until this one is built.",
  ],
] as const)("says what the button does, and what stays: %j", (part, words, stays) => {
  show(part);
  expect([build().textContent.trim(), document.querySelector(".pack-stays")?.textContent ?? null]).toEqual([
    words,
    stays,
  ]);
});

it.each([
  [false, false, false],
  [false, true, true],
  [true, false, true],
])("building %s, not to be built %s: the button is disabled %s", (isBuilding, isDisabled, is) => {
  show({}, isBuilding, isDisabled);
  expect([build().disabled, build().textContent.trim() === "Building…"]).toEqual([is, isBuilding]);
});

it.each([
  [0, 0, ""],
  [2, 0, "2 new"],
  [0, 1, "1 left out"],
  [2, 1, "2 new, 1 left out"],
])("suggests what is new of %i files more and %i fewer", (added, removed, words) => {
  show({ added_count: added, removed_count: removed });
  expect(field("What is new").placeholder).toBe(words);
});

it.each([
  ["1.2.0", true],
  ["0.10.3-beta.1", true],
  ["1.2", false],
  ["01.2.0", false],
  ["1.2.0-", false],
])("takes three numbers for a version: %s is %s", (version, isValid) => {
  show();
  type("Version", version);
  expect(new RegExp(`^(?:${field("Version").pattern})$`, "v").test(version)).toBe(isValid);
});

it("says how large it gets, and under which licence, which is changed elsewhere", () => {
  show();
  expect(screen.queryByText("about 3.0 kB")).not.toBeNull();
  const button = screen.getByRole("button", { name: /^Free with credit/ });
  expect(button.querySelector(".count")?.textContent).toBe("CC-BY-4.0");
  fireEvent.click(button);
  expect([on.onEdit.mock.calls.length, on.onBuild.mock.calls.length]).toEqual([1, 0]);
});

it("has no name of a licence that has none", () => {
  show({ license_identifier: null });
  expect(screen.getByRole("button", { name: /^Free with credit/ }).querySelector(".count")).toBeNull();
});

it("is shown to others at once, and only where that is a change", async () => {
  let answer: () => void = () => undefined;
  links.showTo.mockReturnValue(new Promise<void>((resolve) => (answer = resolve)));
  show({ seen_by: "link" });
  const tabs = screen.getByRole("group", { name: "Seen by" });
  fireEvent.click(screen.getByRole("button", { name: "With the link" }));
  expect(links.showTo.mock.calls).toEqual([]);
  fireEvent.click(screen.getByRole("button", { name: "Everyone" }));
  await settled();
  expect([links.showTo.mock.calls, tabs.classList.contains("busy"), links.refreshPacks.mock.calls.length]).toEqual([
    ...[[[7, "everyone"]], true, 0],
  ]);
  answer();
  await settled();
  expect([tabs.classList.contains("busy"), links.refreshPacks.mock.calls.length]).toEqual([false, 1]);
});

it.each([
  [true, false, true],
  [false, false, false],
  [true, true, false],
])("where the site shares %s, a moderator %s: who sees it can be chosen %s", (shares, moderates, is) => {
  Object.assign(who, { shares, moderates });
  show();
  expect(screen.queryByRole("button", { name: "Everyone" }) !== null).toBe(is);
});

it("once built, keeps the focus and what was written for the next edition meanwhile", () => {
  const { rerender } = show();
  type("Version", "1.2.0");
  type("What is new", "Two wyverns.");
  const button = build();
  fireEvent.submit(screen.getByRole("form", { name: "Build" }));
  rerender(drawn({}, true));
  type("What is new", "Two wyverns. A cave.");
  rerender(drawn({ edition: 3 }));
  expect(build()).toBe(button);
  expect([field("Version").value, field("What is new").value]).toEqual(["", "Two wyverns. A cave."]);
  rerender(drawn({ edition: 4 }));
  expect(field("What is new").value).toBe("Two wyverns. A cave.");
});

it.each([
  ["Version", "What is new"],
  ["What is new", "Version"],
])("keeps %s, written during a build, and empties what was built", (written, built) => {
  const { rerender } = show();
  for (const name of [written, built]) type(name, "1.2.0");
  fireEvent.submit(screen.getByRole("form", { name: "Build" }));
  rerender(drawn({}, true));
  type(written, "1.3.0");
  rerender(drawn({ edition: 3 }));
  expect([field(written).value, field(built).value]).toEqual(["1.3.0", ""]);
});
