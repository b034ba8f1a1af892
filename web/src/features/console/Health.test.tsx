// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";

import { Health } from "./Health";
import { Kinds } from "./Kinds";
import type { Dependency, KindOfWork, Overview } from "./schema";

const NOW = Date.parse("2026-03-10T12:00:00Z");
vi.mock("../../platform/clock", () => ({ useNow: () => NOW }));
afterEach(cleanup);

const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const disk = { files: 0, previews: 0, editions: 0, archives: 0, scratch: 0, reserved: 0, free: null };
const overviewOf = (part: Partial<Overview>): Overview => ({
  kinds: [],
  needs: [],
  disk,
  notes: [],
  as_of: at(0),
  ...part,
});
const need = (part: Partial<Dependency>): Dependency => ({
  ...{ name: "store", state: "well", since: null, next_try_at: null, error_message: null, answer_ms: null },
  detail: null,
  ...part,
});

const bars = () =>
  [...document.querySelectorAll("rect")].map((bar) => ["x", "width"].map((name) => Number(bar.getAttribute(name))));

describe("a dependency", () => {
  it.each([
    [{}, "well"],
    [{ answer_ms: 22 }, "well · 22 ms"],
    [{ answer_ms: 0, detail: "3 of 10" }, "well · 0 ms · 3 of 10"],
    [{ detail: "3 of 10" }, "well · 3 of 10"],
    [{ state: "off", answer_ms: 3 }, "not configured"],
    [{ state: "trying", since: at(-90) }, "recovering, testing with one row; was down 1 min 30 s"],
    [{ state: "trying" }, "recovering, testing with one row"],
    [{ state: "away", since: at(-90), next_try_at: at(30) }, "down 1 min 30 s, next check in 30 s"],
    [{ state: "away", next_try_at: at(1) }, "down, next check in 1 s"],
    [{ state: "away", next_try_at: at(0) }, "down, checking now"],
    [{ state: "away" }, "down, checking now"],
  ] as const)("that is %j stands so: %s", (part, words) => {
    render(<Health overview={overviewOf({ needs: [need(part)] })} />);
    const cell = document.querySelector<HTMLElement>("[data-state]");
    expect([cell?.querySelector("p")?.textContent, cell?.dataset["state"]]).toEqual([words, need(part).state]);
  });

  it("has its name, or the service's own word, and its error as a title", () => {
    const needs = [need({ error_message: "refused" }), need({ name: "odd" })];
    render(<Health overview={overviewOf({ needs })} />);
    const cells = [...document.querySelectorAll("[data-state]")];
    expect(cells.map((cell) => [cell.querySelector("b")?.textContent.trim(), cell.querySelector("p")?.title])).toEqual([
      ["Store", "refused"],
      ["odd", ""],
    ]);
  });
});

describe("the disk", () => {
  const used = { files: 3000, previews: 1000, editions: 500, archives: 400, scratch: 100, reserved: 7 };

  it.each([
    [null, "Disk 5.0 kB", [60, 20, 10, 8, 2]],
    [5000, "Disk 5.0 kB of 10.0 kB", [30, 10, 5, 4, 1]],
    [0, "Disk 5.0 kB of 5.0 kB", [60, 20, 10, 8, 2]],
  ])("with %s bytes free is %s, each part as wide as its share", (free, words, widths) => {
    render(<Health overview={overviewOf({ disk: { ...used, free } })} />);
    expect([
      document.querySelector(".ops-disk b")?.textContent,
      document.querySelector(".ops-disk p")?.textContent,
    ]).toEqual([words, "files 3.0 kB · previews 1.0 kB · editions 500 B · archives 400 B · scratch 100 B"]);
    const starts = widths.map((_, index) => widths.slice(0, index).reduce((sum, each) => sum + each, 0));
    expect(bars()).toEqual(widths.map((width, index) => [starts[index], width]));
  });

  it("that is empty has no width", () => {
    render(<Health overview={overviewOf({})} />);
    expect(bars()).toEqual([0, 0, 0, 0, 0].map((width) => [0, width]));
  });
});

describe("what is not read yet", () => {
  it("has its names in their places, and no state, width or count", () => {
    render(<Health overview={undefined} />);
    const cells = [...document.querySelectorAll(".ops-health > div")].map((cell) => cell.textContent.trim());
    expect(cells).toEqual(["Postgres…", "Redis…", "Store…", "Mail…", "Disk …"]);
    expect([document.querySelector("[data-state]"), bars()]).toEqual([null, []]);
    render(<Kinds kinds={undefined} notes={[]} value="" onChange={vi.fn()} onPause={vi.fn()} />);
    const kinds = [...document.querySelectorAll(".ops-kind")].map((kind) => kind.textContent);
    expect(kinds.slice(0, 3)).toEqual(["All kinds………", "Downloads………", "Changes………"]);
  });
});

describe("a kind of work", () => {
  const kindOf = (name: string, part: Partial<KindOfWork> = {}): KindOfWork => ({
    ...{ name, waiting: 1, running: 2, failed: 0, late: 0, paused_at: null, waits_for: [] },
    ...part,
  });
  const on = { onChange: vi.fn(), onPause: vi.fn() };
  const show = (kinds: readonly KindOfWork[], value = "", notes: readonly string[] = []) => {
    vi.resetAllMocks();
    render(<Kinds {...{ kinds, notes, value, ...on }} />);
    return screen.getAllByRole("button").filter((each) => each.hasAttribute("aria-pressed"));
  };

  it("has its counts beside those of all, and failures in their colour", () => {
    const [all, one, two] = show([kindOf("bdr", { waiting: 10_000 }), kindOf("odd", { failed: 3 })]);
    expect([all?.textContent, one?.textContent, two?.textContent]).toEqual([
      "All kinds10,001+43",
      "Downloads10,000+20",
      "odd123",
    ]);
    const labels = [...(two?.querySelectorAll<HTMLElement>("[aria-label]") ?? [])];
    expect(labels.map((each) => [each.getAttribute("aria-label"), each.dataset["tone"]])).toEqual([
      ["1 waiting", undefined],
      ["2 running", undefined],
      ["3 failed", "error"],
    ]);
    expect([...(one?.querySelectorAll<HTMLElement>("[data-tone]") ?? [])]).toEqual([]);
  });

  it.each([
    [{}, null, null],
    [{ late: 60 }, null, null],
    [{ late: 61 }, "late 1 min 1 s", "wait"],
    [{ late: 90, waits_for: ["store"] }, "store away", "error"],
    [{ waits_for: ["odd"] }, "odd away", "error"],
    [{ paused_at: at(0), late: 90 }, "paused", "wait"],
  ])("with %j says: %s", (part, words, tone) => {
    const [, one] = show([kindOf("bdr", part)]);
    const note = one?.querySelector("small");
    expect([note?.textContent ?? null, note?.dataset["tone"] ?? null]).toEqual([words, tone]);
  });

  it("is chosen by a click, and all by the first line", () => {
    const buttons = show([kindOf("bdr"), kindOf("task")], "task");
    expect(buttons.map((each) => each.getAttribute("aria-pressed"))).toEqual(["false", "false", "true"]);
    fireEvent.click(buttons[1] ?? document.body);
    fireEvent.click(buttons[0] ?? document.body);
    expect([on.onChange.mock.calls, on.onPause.mock.calls]).toEqual([[["bdr"], [""]], []]);
  });

  it("that is all is chosen where no other one is", () => {
    expect(show([kindOf("bdr")])[0]?.getAttribute("aria-pressed")).toBe("true");
  });

  it("is paused, and resumed where it is paused", () => {
    const kinds = [kindOf("bdr"), kindOf("task", { paused_at: at(0) })];
    show(kinds);
    const aside = within(screen.getByRole("complementary", { name: "Kinds of work" }));
    for (const name of ["Pause: Downloads", "Resume: Tasks"]) fireEvent.click(aside.getByRole("button", { name }));
    expect([on.onPause.mock.calls, on.onChange.mock.calls]).toEqual([kinds.map((kind) => [kind]), []]);
  });

  it("that no worker does is noted", () => {
    show([], "", ["No worker for mail."]);
    expect(document.querySelector<HTMLElement>(".ops-note")?.textContent).toBe("No worker for mail.");
  });
});
