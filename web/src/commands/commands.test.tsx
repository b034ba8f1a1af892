// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { noSelection, type Order } from "../platform/selection";
import { listenForShortcuts } from "./commands";
import { useList } from "./list/useList";
import { useListCommands } from "./list/useListCommands";

const names = ["one", "two", "three", "four"];
const order: Order<string> = {
  length: names.length,
  at: (index) => names[index],
  indexOf: (id) => names.indexOf(id),
  slice: (from, to) => names.slice(from, to),
};
const opened = vi.fn();

function List() {
  const [selection, setSelection] = useState(noSelection as ReturnType<typeof useList<string>>["selection"]);
  const list = useList<string>({ order, selection, select: (change) => setSelection(change) });
  useListCommands({ ...list, shape: () => ({ rows: 2, columns: 1 }), onOpen: opened }, []);
  return (
    <ul>
      {names.map((name) => (
        <li key={name} aria-current={name === list.activeId} aria-selected={selection.ids.has(name)} role="option">
          {name}
        </li>
      ))}
    </ul>
  );
}

const current = () => names.filter((name) => screen.getByText(name).getAttribute("aria-current") === "true");
const selected = () => names.filter((name) => screen.getByText(name).getAttribute("aria-selected") === "true");
let stop: () => void = () => undefined;

afterEach(() => {
  stop();
  cleanup();
  opened.mockClear();
});

describe("the keyboard of a list", () => {
  it("moves the cursor, and opens what is at it", async () => {
    stop = listenForShortcuts();
    render(<List />);
    await userEvent.keyboard("{Home}jj{ArrowUp}");
    expect(current()).toEqual(["two"]);
    await userEvent.keyboard("{End}{Enter}");
    expect(current()).toEqual(["four"]);
    expect(opened).toHaveBeenCalledExactlyOnceWith("four");
  });

  it("keeps the browser from what its own keys do there, such as scrolling, once it has a cursor", () => {
    stop = listenForShortcuts();
    render(<List />);
    const isLeft = (key: string) => fireEvent.keyDown(document.body, { key });
    expect([" ", "Enter", "x"].map(isLeft)).toEqual([true, true, true]);
    expect(["End", " ", "Enter", "x", "j", "Escape"].map(isLeft)).toEqual(Array.from({ length: 6 }, () => false));
    expect(["Escape", "ArrowRight"].map(isLeft)).toEqual([true, true]);
  });

  it("has its keys also while the title of the page has the focus, but no button's", async () => {
    stop = listenForShortcuts();
    render(
      <>
        <div role="toolbar">
          <h2 tabIndex={-1}>Similar files</h2>
          <button>Back</button>
        </div>
        <List />
      </>,
    );
    await userEvent.keyboard("{End}");
    screen.getByText("Back").focus();
    await userEvent.keyboard("{Enter}");
    expect(opened).not.toHaveBeenCalled();
    screen.getByText("Similar files").focus();
    await userEvent.keyboard("{Enter}");
    expect(opened).toHaveBeenCalledExactlyOnceWith("four");
  });

  it("selects one, a range, all, and none", async () => {
    stop = listenForShortcuts();
    render(<List />);
    await userEvent.keyboard("{Home}jx");
    expect(selected()).toEqual(["two"]);
    await userEvent.keyboard("{Shift>}{ArrowDown}{/Shift}");
    expect(selected()).toEqual(["two", "three"]);
    await userEvent.keyboard("{Control>}a{/Control}");
    expect(selected()).toEqual(names);
    await userEvent.keyboard("{Escape}");
    expect(selected()).toEqual([]);
  });
});
