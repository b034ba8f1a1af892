// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, createEvent, fireEvent, render, screen } from "@testing-library/react";
import type { ComponentProps, ReactNode } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../../commands/commands";
import type { PackCard } from "./PackCard";
import type { Pack } from "./schema";
import { Shelf } from "./Shelf";

const shell = vi.hoisted(() => ({ openMenu: vi.fn(), setParameters: vi.fn(), look: "grid", columns: "1fr 1fr" }));
const listed: { all: readonly Command[] } = vi.hoisted(() => ({ all: [] }));
vi.mock("../../commands/commands", () => ({
  useCommands: (all: readonly Command[]) => Object.assign(listed, { all }),
}));
vi.mock("../../commands/menu", () => shell);
vi.mock("../../commands/StatusBar", () => ({
  StatusText: ({ children }: { children: ReactNode }) => <p data-testid="foot">{children}</p>,
  StatusProgress: ({ what, label, value, max }: { what: ReactNode; label: string; value: number; max: number }) => (
    <p data-testid="progress">
      {what}, {label}, {value} of {max}
    </p>
  ),
}));
vi.mock("../../data/purposes", () => ({ purposes: { packs: "Packs are for others." } }));
vi.mock("../../platform/address", () => ({
  ...{ isPlainClick: () => true, pageHref: (page: string) => `/${page}`, useCloseOnBack: () => undefined, go: vi.fn() },
  ...{ setParameters: shell.setParameters, useParameters: () => ({ look: shell.look }) },
}));
vi.mock("../../ui/Bar", async (original) => ({
  ...(await original<object>()),
  Bar: ({ title, count, children }: { title: string; count: number | null; children: ReactNode }) => (
    <div role="toolbar" aria-label={title} data-count={count}>
      {children}
    </div>
  ),
}));
vi.mock("./NewPackDialog", () => ({ NewPackDialog: () => <dialog aria-label="New pack" /> }));
vi.mock("./PackCard", () => ({
  PackCard: ({ pack, isActive, onActive, onOpen, onMenu }: ComponentProps<typeof PackCard>) => (
    <li id={`pack-${String(pack.id)}`} data-active={isActive}>
      <a href="#" onFocus={onActive} onClick={onOpen}>
        {pack.name}
      </a>
      <button onClick={() => onMenu({ x: 1, y: 2 })}>{`Menu of ${pack.name}`}</button>
    </li>
  ),
}));
vi.mock("./usePackCommands", () => ({
  usePackCommands: (pack: Pack | null) => ({ commands: [{ label: pack?.name ?? "none" }], dialogs: <i>Asked</i> }),
}));

const pack = (id: number, name: string, part: object = {}) =>
  ({
    ...{ id, name, theme: null, license_type: "attribution", license_identifier: null, edition: 1, is_changed: false },
    ...{
      seen_by: "everyone",
      export: null,
      created_at: `2026-01-0${String((id * 3) % 5)}T00:00:00Z`,
      exported_at: null,
    },
    ...{ updated_at: `2026-02-0${String(9 - id)}T00:00:00Z` },
    ...part,
  }) as unknown as Pack;
const PACKS = [
  pack(1, "Dragons"),
  pack(2, "Castles", { edition: 0, seen_by: "owner" }),
  pack(3, "Bridges", { is_changed: true }),
  pack(4, "Arrows"),
];
const on = { onOpen: vi.fn(), onRetry: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  Object.assign(shell, { look: "grid", columns: "1fr 1fr" });
  vi.spyOn(window, "getComputedStyle").mockImplementation(
    () => ({ gridTemplateColumns: shell.columns, getPropertyValue: () => "" }) as unknown as CSSStyleDeclaration,
  );
});
afterEach(cleanup);
const shelf = (packs: readonly Pack[] | null, error: Error | null) => (
  <QueryClientProvider client={new QueryClient()}>
    <Shelf {...{ packs, error, ...on }} />
  </QueryClientProvider>
);
const show = (packs: readonly Pack[] | null = PACKS, error: Error | null = null) => render(shelf(packs, error));
const names = () => [...document.querySelectorAll("li[id] > a")].map(({ textContent: text }) => text);
const press = (name: string | RegExp) => fireEvent.click(screen.getByRole("button", { name }));
const run = (name: string, key = "") => {
  let did: unknown;
  act(() => {
    did = listed.all.find((each) => each.name === name)?.run(key);
  });
  return did;
};
const focused = () => document.activeElement?.textContent;
const search = (value: string) => fireEvent.change(screen.getByRole("searchbox"), { target: { value } });

it("gives each state of packs its sign", () => {
  show();
  const tabs = [...document.querySelectorAll('[aria-label="Which packs"] button')];
  expect(tabs.map((each) => each.querySelector("svg, .state-mark") !== null)).toEqual([false, true, true, true]);
});

it("has each pack, the place of the next one, and how many there are", () => {
  show();
  expect([names(), screen.queryByText(/^Files are added/) !== null]).toEqual([
    ...[["Dragons", "Castles", "Bridges", "Arrows"], true],
  ]);
  expect([screen.getByTestId("foot").textContent, screen.getByRole("toolbar").dataset["count"]]).toEqual([
    ...["4 packs", "4"],
  ]);
  expect([screen.queryByTestId("progress"), screen.queryByText("Asked") !== null]).toEqual([null, true]);
});

it.each([
  ["All", "All 4", ["Dragons", "Castles", "Bridges", "Arrows"], true],
  ["Published", "Published 3", ["Dragons", "Bridges", "Arrows"], false],
  ["Changed", "Changed 1", ["Bridges"], false],
  ["Not built yet", "Not built yet 1", ["Castles"], false],
])("under %s are those that are", (_, words, found, hasNext) => {
  show();
  press(words);
  expect([names(), screen.queryByText(/^Files are added/) !== null]).toEqual([found, hasNext]);
});

it("finds packs by what is typed, and says where there is none", () => {
  show();
  search("ar");
  expect([names(), screen.queryByText(/^Files are added/)]).toEqual([["Arrows"], null]);
  search("nothing");
  expect([names(), screen.queryByText("No pack is like that.") !== null, screen.queryByText(/No packs yet/)]).toEqual([
    ...[[], true, null],
  ]);
});

it.each([
  ["name", ["Arrows", "Bridges", "Castles", "Dragons"]],
  ["made", ["Bridges", "Dragons", "Arrows", "Castles"]],
  ["changed", ["Dragons", "Castles", "Bridges", "Arrows"]],
])("are in the order of %s, also the next time", (value, order) => {
  show();
  fireEvent.change(screen.getByLabelText("Order"), { target: { value: value === "changed" ? "name" : value } });
  fireEvent.change(screen.getByLabelText("Order"), { target: { value } });
  expect(names()).toEqual(order);
  cleanup();
  show();
  expect(names()).toEqual(order);
});

it("says what packs are where there is none, and of none while they are loaded", () => {
  show([]);
  expect(screen.queryByText(/^Packs are for others. A pack bundles/)).not.toBeNull();
  expect(screen.getByTestId("foot").textContent).toBe("0 packs");
  cleanup();
  show(null);
  expect([screen.queryByText(/A pack bundles/), screen.getByTestId("foot").textContent]).toEqual([null, ""]);
  cleanup();
  show(null, new Error("Not now."));
  press("Try again");
  expect([screen.queryByText("Not now.") !== null, on.onRetry.mock.calls.length]).toEqual([true, 1]);
});

it.each([
  ["grid", "covers", "List", [["packs", { look: "list" }, "list"]]],
  ["list", "covers in-rows", "Grid", [["packs", { look: "grid" }, "grid"]]],
])("stands as a %s", (look, classes, other, set) => {
  shell.look = look;
  show();
  expect(screen.getByRole("list", { name: "Packs" }).className).toBe(`cards ${classes}`);
  press(other);
  expect(shell.setParameters.mock.calls).toEqual(set);
});

it.each([
  ["none is built", null, null],
  ["one waits", { status: "pending", progress: 0 }, "Building Bridges, Building Bridges, 0 of 100"],
  ["one is built", { status: "running", progress: 41.9 }, "Building Bridges, Building Bridges, 41 of 100"],
])("shows how far it is where %s", (_, last, words) => {
  show([pack(1, "Dragons"), pack(2, "Bridges", { export: last })]);
  expect(screen.queryByTestId("progress")?.textContent ?? null).toBe(words);
});

it.each([
  ["its button", () => press("New pack")],
  ["its place", () => press(/^New pack Files are added/)],
  ["its key", () => run("add")],
])("a new one is asked for by %s", async (_, ask) => {
  show();
  expect(document.querySelector("dialog")).toBeNull();
  ask();
  expect(await screen.findByLabelText("New pack", { selector: "dialog" })).not.toBeNull();
});

it("commands are about the pack that has the focus, if it is shown", () => {
  show();
  const about = () => listed.all[0]?.label;
  expect(about()).toBe("none");
  act(() => screen.getByText("Castles").focus());
  expect([about(), document.getElementById("pack-2")?.dataset["active"]]).toEqual(["Castles", "true"]);
  press("Menu of Bridges");
  expect([about(), shell.openMenu.mock.calls]).toEqual(["Bridges", [[{ x: 1, y: 2 }]]]);
  fireEvent.click(screen.getByText("Castles"));
  expect(on.onOpen.mock.calls).toEqual([[2]]);
  search("arrows");
  expect(about()).toBe("none");
});

it.each([
  ["1fr 1fr", ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"], ["Castles", "Arrows", "Bridges", "Dragons"]],
  ["1fr 1fr", ["j", "j", "k"], ["Castles", "Bridges", "Castles"]],
  ["1fr", ["j", "j", "k"], ["Castles", "Bridges", "Castles"]],
  ["1fr", ["ArrowDown", "ArrowUp"], ["Castles", "Dragons"]],
])("with columns of %s the keys %j lead on", (columns, keys, found) => {
  shell.columns = columns;
  show();
  act(() => screen.getByText("Dragons").focus());
  const went = keys.map((key) => {
    expect(run("move", key)).toBe(true);
    return focused();
  });
  expect(went).toEqual(found);
});

it("keys lead to the first one, and nowhere where there is none", () => {
  show();
  run("move", "j");
  expect(focused()).toBe("Dragons");
  cleanup();
  show([]);
  expect([run("move", "j"), focused()]).toEqual([false, document.body.textContent]);
});

it.each([
  ["ArrowRight", {}, true],
  ["ArrowRight", { altKey: true }, false],
  ["Enter", {}, false],
])("on a card %s with %j moves on: %s", (key, keys, moves) => {
  show();
  const card = screen.getByText("Dragons");
  act(() => card.focus());
  const event = createEvent.keyDown(card, { key, ...keys });
  fireEvent(card, event);
  expect([event.defaultPrevented, focused()]).toEqual([moves, moves ? "Castles" : "Dragons"]);
});

it("its search is gone to by a key", () => {
  show();
  const select = vi.spyOn(screen.getByRole<HTMLInputElement>("searchbox"), "select");
  run("search");
  expect(select).toHaveBeenCalledTimes(1);
});
