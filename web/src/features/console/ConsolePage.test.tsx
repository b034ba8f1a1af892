// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { go, queryParam } from "../../platform/address";
import {
  answer,
  at,
  button,
  calls,
  has,
  hit,
  isPressed,
  MINUTE,
  press,
  refused,
  sent,
  settled,
  show,
  statusWords,
  textOf,
  textsOf,
  toasts,
  type,
} from "../../testing/service";
import ConsolePage from "./ConsolePage";
import type { KindOfWork, OperatorAct, WorkItem, WorkRef } from "./schema";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);
vi.mock("./Health", () => ({ Health: () => null }));
interface TraceProps {
  shown: WorkRef | null;
  onRetry: (ref: WorkRef) => void;
  onCancel: (ref: WorkRef) => void;
}
vi.mock("./Trace", () => ({
  Trace: ({ shown, onRetry, onCancel }: TraceProps) => (
    <aside className="ops-trace">
      <button
        onClick={() => shown && onRetry({ ...shown })}
      >{`trace ${shown ? `${shown.kind} ${shown.id}` : "of none"}`}</button>
      <button onClick={() => shown && onCancel(shown)}>stop it</button>
    </aside>
  ),
}));

const OPS = "/api/pmd/ops";
const item = (id: string, part: Partial<WorkItem> = {}): WorkItem => ({
  ...{ kind: "bdr", id, state: "failed", title: `Work ${id}`, user_sqid: "u", handle: "owner", attempt: 3 },
  ...{ fault_count: 1, error_message: null, code: null, next_step: null, request_id: null },
  ...{ created_at: at(-MINUTE), at: at(0) },
  ...part,
});
const kindOf = (name: string, part: Partial<KindOfWork> = {}): KindOfWork => ({
  ...{ name, waiting: 1, running: 2, failed: 4, late: 0, paused_at: null, waits_for: [] },
  ...part,
});
const disk = { files: 0, previews: 0, editions: 0, archives: 0, scratch: 0, reserved: 0, free: null };
const overviewOf = (...kinds: KindOfWork[]) => ({ kinds, needs: [], disk, notes: [], as_of: at(0) });
const list = (...items: WorkItem[]) => answer({ [`GET ${OPS}/work`]: { items, has_more: false } });
beforeEach(() => {
  go("ops", { q: "", state: "failed", kind: "" });
  list(item("1"), item("2", { next_step: "retry" }), item("3", { state: "running" }));
  answer({
    [`GET ${OPS}`]: overviewOf(kindOf("bdr"), kindOf("task", { waiting: 10, paused_at: at(-MINUTE) })),
    [`POST ${OPS}/retry`]: { ordered_count: 1 },
    [`POST ${OPS}/cancel`]: { ordered_count: 1 },
    [`POST ${OPS}/pause`]: overviewOf(),
  });
});
const rows = () => screen.queryAllByRole("option");
const active = () => rows().findIndex((row) => row.dataset["active"] === "true");
const selected = () => rows().map((row) => row.getAttribute("aria-selected") === "true");
const work = () => calls(`GET ${OPS}/work`);
const refs = (...ids: string[]) => ({ rows: ids.map((id) => ({ kind: "bdr", id })) });
/** The cursor rests for 250 ms, which pass when a test says so. */
const resting = new Map<number, () => void>();
beforeEach(() => {
  const [real, clear] = [setTimeout, clearTimeout];
  resting.clear();
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((work: () => void, ms?: number) => {
    if (ms !== 250) return real(work, ms);
    const id = -1 - Math.random();
    resting.set(id, work);
    return id;
  }) as unknown as typeof setTimeout);
  vi.spyOn(globalThis, "clearTimeout").mockImplementation((id) => {
    if (!resting.delete(id as number)) clear(id);
  });
});
const rested = async () => {
  act(() => resting.forEach((work) => work()));
  await settled();
};

describe("the list of work", () => {
  it("is of what has failed, counted, and says as of when", async () => {
    await show(<ConsolePage />);
    expect([work(), rows().length, statusWords()]).toEqual([
      [`GET ${OPS}/work?state=failed`],
      3,
      `3 failed · as of ${new Date(at(0)).toLocaleTimeString("en-GB")}`,
    ]);
  });

  it("says that there is more than is listed, and nothing of a time before it is known", async () => {
    answer({ [`GET ${OPS}/work`]: { items: [item("1")], has_more: true }, [`GET ${OPS}`]: refused("Not now.") });
    await show(<ConsolePage />);
    expect([statusWords(), textsOf("[role=group] .count, .ops .tabs .numbers")]).toEqual(["1+ failed", []]);
  });

  it.each([
    ["failed", "", "Nothing has failed."],
    ["failed", "user:fay", "No work matches this filter."],
    ["waiting", "", "No work matches this filter."],
  ] as const)("says what there is none of: %s %j", async (state, q, words) => {
    go("ops", { state, q });
    list();
    await show(<ConsolePage />);
    expect([textOf(".empty-title"), rows().length, has(/^Retry \d of/)]).toEqual([words, 0, false]);
  });

  it("says why it could not be read, and reads it when asked again", async () => {
    answer({ [`GET ${OPS}/work`]: refused("Not now.") });
    await show(<ConsolePage />);
    expect([has("Not now."), document.querySelector(".empty-title")]).toEqual([true, null]);
    list(item("1"));
    await press("Try again");
    expect([has("Not now."), rows().length]).toEqual([false, 1]);
  });

  it("is narrowed by its tabs, its kinds and the search, which the address keeps", async () => {
    await show(<ConsolePage />);
    await press(/^All 23$/);
    await press(/^Tasks/);
    await type("Search work", "user:fay");
    expect([queryParam("state"), queryParam("kind"), queryParam("q"), work().at(-1)]).toEqual([
      "all",
      "task",
      "user:fay",
      `GET ${OPS}/work?user=fay&kind=task`,
    ]);
  });

  it.each([
    ["", ["All", "23"], ["Waiting", "11"], ["Running", "4"], ["Failed", "8"], ["Done today", ""]],
    ["task", ["All", "16"], ["Waiting", "10"], ["Running", "2"], ["Failed", "4"], ["Done today", ""]],
  ])("counts what each tab has, of the kind %j", async (kind, ...tabs) => {
    answer({
      [`GET ${OPS}`]: overviewOf(kindOf("bdr", { waiting: 1, running: 2, failed: 4 }), kindOf("task", { waiting: 10 })),
    });
    go("ops", { kind });
    await show(<ConsolePage />);
    expect(textsOf(".tabs button")).toEqual(tabs.map((words) => words.join("")));
  });

  it("says of a count no more than the service does", async () => {
    answer({ [`GET ${OPS}`]: overviewOf(kindOf("bdr", { failed: 10_000 })) });
    await show(<ConsolePage />);
    expect(button(/^Failed/, ".bar").textContent.trim()).toBe("Failed10,000+");
  });
});

describe("the cursor", () => {
  it("is at the first row, and moves by a click or a key", async () => {
    await show(<ConsolePage />);
    expect(active()).toBe(0);
    fireEvent.click(rows()[2] ?? document.body);
    expect(active()).toBe(2);
    await hit("k", document.body);
    expect(active()).toBe(1);
  });

  it("fetches the details of the row where it rests, and of none that it passes", async () => {
    await show(<ConsolePage />);
    await hit("j", document.body);
    await hit("j", document.body);
    expect(has("trace of none")).toBe(true);
    await rested();
    expect(has("trace bdr 3")).toBe(true);
  });

  it("is at the first row again where its row is gone, and rests nowhere where there are none", async () => {
    await show(<ConsolePage />);
    await hit("j", document.body);
    list(item("1"), item("3"));
    await press(/^Waiting/, ".bar");
    expect(active()).toBe(0);
    list();
    await press(/^Running/, ".bar");
    await rested();
    expect(has("trace of none")).toBe(true);
  });

  it("opens the details of its row: their first button has the focus", async () => {
    await show(<ConsolePage />);
    await hit("Enter", document.body);
    expect(document.activeElement).toBe(document.querySelector(".ops-trace button"));
  });
});

describe("what is done", () => {
  const box = (index: number) => rows()[index]?.querySelector(".ops-box") ?? document.body;

  it("is about the row at the cursor: it is tried again", async () => {
    await show(<ConsolePage />);
    await hit("r", document.body);
    expect([sent(), toasts()]).toEqual([
      [[`POST ${OPS}/retry`, refs("1")]],
      ["success: Retrying 1 row. Rows that cannot be retried are unchanged."],
    ]);
    expect(work()).toHaveLength(2);
  });

  it("is about those that are selected, which then are no more", async () => {
    answer({ [`POST ${OPS}/retry`]: { ordered_count: 2 } });
    await show(<ConsolePage />);
    fireEvent.click(box(1));
    fireEvent.click(box(2));
    fireEvent.click(box(0));
    fireEvent.click(box(0));
    expect(selected()).toEqual([false, true, true]);
    await hit("r", document.body);
    expect([sent(), selected(), toasts()]).toEqual([
      [[`POST ${OPS}/retry`, refs("2")]],
      [false, false, false],
      ["success: Retrying 2 rows. Rows that cannot be retried are unchanged."],
    ]);
  });

  it.each([
    ["by the button", () => press(/^Retry 1 of 3/)],
    ["by a key", () => hit("Shift+R", document.body)],
  ])("is tried again for all that can succeed: %s", async (how, retry) => {
    await show(<ConsolePage />);
    if (how === "by a key") fireEvent.keyDown(document.body, { key: "R", shiftKey: true });
    else await retry();
    await settled();
    expect(sent()).toEqual([[`POST ${OPS}/retry`, refs("2")]]);
  });

  it("is tried again from the details", async () => {
    await show(<ConsolePage />);
    await rested();
    await press("trace bdr 1");
    expect(sent()).toEqual([[`POST ${OPS}/retry`, refs("1")]]);
  });

  it("is cancelled once that is confirmed, and the selection stays", async () => {
    list(item("1", { state: "waiting" }), item("2", { state: "running" }), item("3"));
    await show(<ConsolePage />);
    fireEvent.click(box(0));
    fireEvent.click(box(1));
    await hit("#", document.body);
    expect([textOf("dialog h2"), sent()]).toEqual(["Cancel 2 rows?", []]);
    await press("Cancel 2 rows", "dialog");
    expect([sent(), toasts(), document.querySelector("dialog")]).toEqual([
      [[`POST ${OPS}/cancel`, refs("1", "2")]],
      ["success: Cancelling 2 rows."],
      null,
    ]);
    expect(work()).toHaveLength(2);
  });

  it("is not cancelled by the other button, nor from the details without a question", async () => {
    await show(<ConsolePage />);
    await rested();
    await press("stop it");
    expect(textOf("dialog h2")).toBe("Cancel 1 row?");
    await press("Keep it", "dialog");
    expect([sent(), document.querySelector("dialog")]).toEqual([[], null]);
  });

  it.each([
    [
      "bdr",
      "Pause: Downloads",
      true,
      "success: Downloads paused. No new work of this kind starts until you resume it.",
    ],
    ["task", "Resume: Tasks", false, "success: Tasks resumed."],
  ])("is paused and resumed by its kind: %s", async (kind, name, paused, words) => {
    await show(<ConsolePage />);
    await press(name);
    expect([sent(), toasts()]).toEqual([[[`POST ${OPS}/pause`, { kind, paused }]], [words]]);
    expect(calls(`GET ${OPS}`).filter((call) => call === `GET ${OPS}`)).toHaveLength(2);
  });

  it("that was refused says why", async () => {
    answer({ [`POST ${OPS}/retry`]: refused("Not you.") });
    await show(<ConsolePage />);
    fireEvent.click(box(0));
    await hit("r", document.body);
    expect([toasts(), selected()]).toEqual([["error: Not you."], [true, false, false]]);
  });
});

describe("the search", () => {
  it.each([
    ["owner", "user:owner"],
    [null, "user:u"],
  ])("is narrowed to a row's owner by a key: %s", async (handle, q) => {
    list(item("1", { handle }));
    go("ops", { q: "since:24" });
    await show(<ConsolePage />);
    await hit("u", document.body);
    expect([queryParam("q"), has("Work 1")]).toEqual([`since:24 ${q}`, true]);
  });

  it("is begun by a key, and cleared by Escape once nothing is selected", async () => {
    go("ops", { q: "user:fay" });
    await show(<ConsolePage />);
    fireEvent.click(rows()[0]?.querySelector(".ops-box") ?? document.body);
    await hit("Escape", document.body);
    expect([selected()[0], queryParam("q")]).toEqual([false, "user:fay"]);
    await hit("Escape", document.body);
    expect(queryParam("q")).toBe("");
    await hit("/", document.body);
    expect(document.activeElement).toBe(screen.getByLabelText("Search work"));
  });
});

describe("the audit log", () => {
  const acted = (id: number, part: Partial<OperatorAct> = {}): OperatorAct => ({
    ...{ id, action: "retry", via: "console", actor: "boss", kind: "bdr", row_id: "123456789abc", user_sqid: null },
    ...{ handle: "fay", created_at: at(0), outcome: "done" },
    ...part,
  });

  it("is read when it is opened, newest first, with what each was about", async () => {
    answer({
      [`GET ${OPS}/log`]: { items: [acted(1), acted(2, { kind: null, handle: null }), acted(3, { row_id: null })] },
    });
    await show(<ConsolePage />);
    expect(calls(`GET ${OPS}/log`)).toEqual([]);
    await press("Audit log");
    const time = `${new Date(at(0)).toLocaleTimeString("en-GB").slice(0, 5)} `;
    expect(textsOf("dialog li")).toEqual([
      `${time}boss retried this · Download 12345678 · fay`,
      `${time}boss retried this`,
      `${time}boss retried this · Download  · fay`,
    ]);
    expect(has("Nobody has done anything yet.")).toBe(false);
    await press("Close", "dialog");
    expect(document.querySelector("dialog")).toBeNull();
  });

  it.each([
    [{ items: [] }, "Nobody has done anything yet."],
    [refused("Not you."), "Not you."],
  ])("says why it is empty: %#", async (log, words) => {
    answer({ [`GET ${OPS}/log`]: log });
    await show(<ConsolePage />);
    await press("Audit log");
    expect(textsOf("dialog p")).toEqual([words]);
  });
});

it("asks again every five seconds, for it has no stream", async () => {
  const asked = vi.spyOn(globalThis, "setInterval");
  await show(<ConsolePage />);
  await press("Audit log");
  expect(asked.mock.calls.filter(([, ms]) => ms === 5000).length).toBeGreaterThanOrEqual(3);
  expect(isPressed(/^Failed/, ".bar")).toBe(true);
});
