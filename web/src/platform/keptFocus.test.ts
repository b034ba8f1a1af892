// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { focusShown, keepFocus } from "./keptFocus";

let stop: () => void;
beforeEach(() => {
  document.body.innerHTML = `
    <button id="outside"></button>
    <main>
      <section id="keys">
        <h2 id="title">Keys</h2>
        <div><ul id="list">
          <li id="a" tabindex="-1"><button id="a1"></button></li>
          <li id="b"><button id="b1"></button><button id="b2"></button></li>
          <li id="c"><span>nothing to press</span></li>
        </ul></div>
      </section>
      <section><h2 id="hooks">Hooks</h2><aside id="about"><button id="remove"></button></aside></section>
      <section>
        <h2>Files</h2>
        <div><ul role="listbox" id="files" tabindex="0"></ul></div>
        <div role="toolbar" id="bar"><button id="stack"></button></div>
      </section>
      <div data-sections>
        <nav><h2>Settings</h2></nav>
        <section id="import">
          <h2 id="archive">Archive</h2>
          <section id="state"><h3 id="read">Read</h3><button id="cancel"></button></section>
          <section id="choices"><button id="begin"></button></section>
        </section>
      </div>
      <div id="notices"><p data-row id="n"><button id="n1"></button></p></div>
    </main>`;
  stop = keepFocus();
});
afterEach(() => stop());

const of = (id: string) => document.getElementById(id) ?? document.body;
const removed = async (...ids: string[]) => {
  for (const id of ids) of(id).remove();
  await Promise.resolve();
};
const focused = () => document.activeElement?.id;

it.each([
  ["the next row", "a1", ["a"], "b1"],
  ["the row before, where the next takes none", "b2", ["b"], "a"],
  ["the heading, where the list is gone with its last row", "b1", ["list"], "title"],
  ["the heading, where no row is left that takes it", "a1", ["b", "c", "a"], "title"],
  ["the heading, where it is beside the list", "remove", ["about"], "hooks"],
  ["the list, where it is the bar's for what is selected", "stack", ["bar"], "files"],
  ["the list, where a button of the bar is gone", "stack", ["stack"], "files"],
  ["the row, where a button in it is gone", "b2", ["b2"], "b"],
  ["the heading of its section, where its state has no such button", "cancel", ["cancel"], "read"],
  ["the heading above, where its section is gone", "begin", ["choices"], "archive"],
  ["what had it before, where nothing else is there", "n1", ["n"], "outside"],
])("gives the focus of a removed row to %s", async (_whom, had, gone, next) => {
  of("outside").focus();
  of(had).focus();
  await removed(...gone);
  expect(focused()).toBe(next);
});

it("gives the focus to the heading of the section that is shown instead", async () => {
  of("begin").focus();
  const next = document.createElement("section");
  next.innerHTML = '<h2 id="data">Your data</h2>';
  of("import").replaceWith(next);
  await Promise.resolve();
  expect(focused()).toBe("data");
});

describe("a button that is disabled while its request runs", () => {
  const button = () => of("outside") as HTMLButtonElement;
  /** Browsers take the focus away then, which this document does not. */
  const disable = async () => {
    button().focus();
    button().blur();
    button().disabled = true;
    await Promise.resolve();
  };
  const enable = async () => {
    button().disabled = false;
    await Promise.resolve();
  };

  it("has the focus again when it can be pressed again", async () => {
    await disable();
    expect(document.activeElement).toBe(document.body);
    await enable();
    expect(focused()).toBe("outside");
  });

  it("has it not where another has it, or it was given up", async () => {
    await disable();
    of("a1").focus();
    await enable();
    expect(focused()).toBe("a1");
    await disable();
    of("a1").focus();
    of("a1").blur();
    await enable();
    expect(document.activeElement).toBe(document.body);
    await disable();
    of("title").dispatchEvent(new Event("pointerdown", { bubbles: true }));
    await enable();
    expect(document.activeElement).toBe(document.body);
  });

  it("has it not where it never had it", async () => {
    of("a1").focus();
    of("a1").blur();
    button().disabled = true;
    await Promise.resolve();
    await enable();
    expect(document.activeElement).toBe(document.body);
  });
});

it("leaves it where it is, where it was given up, and where all of a page is gone", async () => {
  of("a1").focus();
  of("outside").focus();
  await removed("a");
  expect(focused()).toBe("outside");
  of("b1").focus();
  of("title").dispatchEvent(new Event("pointerdown", { bubbles: true }));
  of("b1").blur();
  await removed("b");
  expect(document.activeElement).toBe(document.body);
  of("n1").focus();
  of("n1").blur();
  await removed("keys");
  expect(document.activeElement).toBe(document.body);
});

it("does nothing once it is ended", async () => {
  of("a1").focus();
  stop();
  await removed("a");
  expect(document.activeElement).toBe(document.body);
});

describe("a page that is shown instead of another", () => {
  const draw = async (html: string) => {
    document.querySelector("main")?.insertAdjacentHTML("beforeend", html);
    await Promise.resolve();
  };
  beforeEach(() => document.querySelector("main")?.replaceChildren());

  it("has the focus at its heading, once that is there", async () => {
    focusShown();
    await draw("<p>Loading</p>");
    expect(document.activeElement).toBe(document.body);
    await draw('<h2 id="packs">Packs</h2>');
    expect(focused()).toBe("packs");
  });

  it.each([
    ["something else has it", () => of("outside").focus()],
    ["a press gave it up", () => of("outside").dispatchEvent(new Event("pointerdown", { bubbles: true }))],
  ])("has it not where %s meanwhile", async (_what, act) => {
    focusShown();
    act();
    of("outside").blur();
    await draw('<h2 id="packs">Packs</h2>');
    expect(document.activeElement).toBe(document.body);
  });
});
