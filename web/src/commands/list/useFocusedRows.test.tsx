// @vitest-environment happy-dom
import { cleanup, render, screen } from "@testing-library/react";
import { useEffect } from "react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Command } from "../commands";
import { useFocusedRows } from "./useFocusedRows";

const given: { commands: readonly Command[] } = { commands: [] };
const removed = vi.fn<(name: string) => void>();
const scrolled: (string | null)[] = [];
function Rows({ names }: { names: readonly string[] }) {
  const [list, commands] = useFocusedRows();
  useEffect(() => void Object.assign(given, { commands }), [commands]);
  return (
    <ul ref={list}>
      {names.map((name) => (
        <li key={name} tabIndex={-1}>
          {name}
          {name !== "this one" && <button data-remove onClick={() => removed(name)} />}
        </li>
      ))}
    </ul>
  );
}
beforeEach(() => {
  vi.clearAllMocks();
  scrolled.length = 0;
  vi.spyOn(HTMLElement.prototype, "scrollIntoView").mockImplementation(function (this: HTMLElement) {
    scrolled.push(this.textContent);
  });
});
afterEach(cleanup);
const press = (name: string, key: string) => given.commands.find((each) => each.name === name)?.run(key);
const focused = () => document.activeElement?.closest("li")?.textContent ?? null;

it("moves the focus from row to row, from outside to the first, and not past the ends", () => {
  render(<Rows names={["a", "b", "c"]} />);
  const ways = ["j", "j", "ArrowDown", "j", "k", "ArrowUp", "k"].map((key) => [press("move", key), focused()]);
  expect(ways).toEqual(["a", "b", "c", "c", "b", "a", "a"].map((name) => [true, name]));
  // By its focus alone, a row that is in sight by half stays so in some browsers.
  expect(scrolled).toEqual(["a", "b", "c", "c", "b", "a", "a"]);
  expect([press("move", "PageDown"), focused()]).toEqual([false, "a"]);
});

it("moves from within a row", () => {
  render(<Rows names={["a", "b"]} />);
  screen.getAllByRole("button")[0]?.focus();
  press("move", "j");
  expect(focused()).toBe("b");
});

it("leaves the key to others where there is no row", () => {
  render(<Rows names={[]} />);
  expect([press("move", "j"), press("remove", "#")]).toEqual([false, false]);
});

it("removes the row that has the focus, where it can be", () => {
  render(<Rows names={["a", "this one", "c"]} />);
  expect(press("remove", "#")).toBe(false);
  const pressed = Array.from({ length: 3 }, () => [press("move", "j"), press("remove", "#")][1]);
  expect([pressed, removed.mock.calls]).toEqual([
    [true, false, true],
    [["a"], ["c"]],
  ]);
});
