// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";

import {
  answer,
  at,
  button,
  calls,
  copied,
  has,
  press,
  refused,
  show,
  textOf,
  textsOf,
  toasts,
} from "../../testing/service";
import type { OperatorAct, StoryEvent, WorkItem } from "./schema";
import { Trace } from "./Trace";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);

const STORY = "GET /api/pmd/ops/story";
const item: WorkItem = {
  ...{ kind: "bdr", id: "123456789abc", state: "failed", title: "Sprites.zip", user_sqid: "u", handle: "fay" },
  ...{ attempt: 3, fault_count: 1, error_message: "Disk full", code: "disk", next_step: "retry", request_id: "r1" },
  ...{ created_at: at(-2500), at: at(0) },
};
const event = (place: string, part: Partial<StoryEvent> = {}): StoryEvent => ({
  ...{ at: at(-2500), place, what: `${place} did`, seconds: 1, is_fault: false },
  ...part,
});
const act: OperatorAct = {
  ...{ id: 1, action: "retry", via: "console", actor: "boss", kind: null, row_id: null, user_sqid: null },
  ...{ handle: null, created_at: at(0), outcome: "done" },
};
interface Told {
  of?: Partial<WorkItem>;
  can_retry?: boolean;
  can_cancel?: boolean;
  events?: StoryEvent[];
  acts?: OperatorAct[];
}
const tell = ({ of = {}, ...others }: Told = {}) =>
  answer({
    [STORY]: {
      item: { ...item, ...of },
      can_retry: true,
      can_cancel: true,
      events: [],
      related: [],
      acts: [],
      ...others,
    },
  });
const on = { onRetry: vi.fn(), onCancel: vi.fn() };
const open = (part: Told = {}) => {
  tell(part);
  return show(<Trace shown={{ kind: "bdr", id: item.id }} {...on} />);
};
const time = (iso: string) => new Date(iso).toLocaleTimeString("en-GB");
beforeEach(() => vi.resetAllMocks());

it("tells nothing, and asks for nothing, where no row is meant", async () => {
  await show(<Trace shown={null} {...on} />);
  expect([calls(), textOf("aside")]).toEqual([[], ""]);
});

it("is busy until it is known, and says why it is not", async () => {
  answer({ [STORY]: () => new Promise(() => undefined) });
  const { again } = await show(<Trace shown={{ kind: "bdr", id: "1" }} {...on} />);
  const isBusy = () => document.querySelector("aside")?.getAttribute("aria-busy");
  expect(isBusy()).toBe("true");
  answer({ [STORY]: refused("Not you.") });
  await again(<Trace shown={{ kind: "bdr", id: "2" }} {...on} />);
  expect([isBusy(), textOf("aside [role=alert]"), calls().at(-1)]).toEqual([
    "false",
    "Not you.",
    `${STORY}?kind=bdr&id=2`,
  ]);
});

it("says what it is, whose, when it came and how long it took", async () => {
  await open();
  expect([textOf("h3"), textsOf("dd"), document.querySelector("aside")?.getAttribute("aria-busy")]).toEqual([
    "Download · Sprites.zip",
    ["fay", "r1", time(item.created_at), "2.5 s"],
    "false",
  ]);
});

it("has no words for what is not known", async () => {
  await open({ of: { handle: null, request_id: null, at: item.created_at } });
  expect(textsOf("dd")).toEqual(["gone", "–", time(item.created_at), "–"]);
});

describe("a failure", () => {
  it("says whose fault it was, why, and where to look for it", async () => {
    await open();
    expect([...(document.querySelector(".ops-cause")?.children ?? [])].map((each) => each.textContent)).toEqual([
      "The service is at fault, or an operator stopped it. A retry can help.",
      "Disk full",
      "disk · bdr 12345678 · attempt 3",
    ]);
  });

  it.each(["ended", "waiting", "running"] as const)("is none where it is %s", async (state) => {
    await open({ of: { state } });
    expect(document.querySelector(".ops-cause")).toBeNull();
  });

  it.each([
    ["retry", "Retry R"],
    ["user", "Retry anyway R"],
    [null, "Retry anyway R"],
  ] as const)("is tried again, even where that is of little use: %s", async (next_step, name) => {
    await open({ of: { next_step } });
    expect(button(/^Retry/).textContent.trim()).toBe(name);
    await press(/^Retry/);
    expect(on.onRetry.mock.calls).toEqual([[{ ...item, next_step }]]);
  });
});

it("offers nothing that cannot be done", async () => {
  await open({ can_retry: false, can_cancel: false });
  expect([has(/^Retry/), has("Cancel")]).toEqual([false, false]);
});

it("can be cancelled", async () => {
  await open();
  await press("Cancel");
  expect([on.onCancel.mock.calls, on.onRetry.mock.calls]).toEqual([[[item]], []]);
});

describe("its timeline", () => {
  const events = [event("server"), event("worker lamp-3", { at: at(0), seconds: null, is_fault: true })];

  it("has a line for each event, the worker without its name, faults in their colour", async () => {
    await open({ events });
    const lines = [...document.querySelectorAll<HTMLElement>(".ops-lines li")];
    expect(lines.map((line) => [line.textContent, line.title, line.dataset["tone"]])).toEqual([
      ["serverserver did1.0 s", "server: server did", undefined],
      ["workerworker lamp-3 did–", "worker lamp-3: worker lamp-3 did", "error"],
    ]);
  });

  it("draws each where it was, and wide enough to be seen", async () => {
    await open({ events });
    const bars = [...document.querySelectorAll<SVGRectElement>(".ops-lines rect")].map((bar) => [
      bar.dataset["look"],
      ...["x", "width"].map((name) => Math.round(Number(bar.getAttribute(name)) * 10) / 10),
    ]);
    expect(bars).toEqual([
      ["work", 0, 73.6],
      ["fault", 99, 1.5],
    ]);
  });

  it("is copied as text", async () => {
    copied.mockResolvedValue();
    vi.spyOn(navigator.clipboard, "writeText").mockImplementation(copied);
    await open({ events });
    await press("Copy as text");
    expect(copied.mock.calls).toEqual([
      [
        `Download · Sprites.zip\n${at(-2500)}  server: server did (1.000 s)\n` +
          `${at(0)}  worker lamp-3: worker lamp-3 did`,
      ],
    ]);
    expect(toasts()).toEqual(["success: Timeline copied."]);
  });
});

it.each([
  [[], [], true],
  [[act], [`${time(at(0))} boss retried this`], false],
])("says who did what: %#", async (acts, words, isNobody) => {
  await open({ acts });
  expect([textsOf(".ops-acts li"), has("Nobody has done anything yet.")]).toEqual([words, isNobody]);
});
