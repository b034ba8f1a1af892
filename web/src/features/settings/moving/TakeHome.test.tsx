// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { refreshTakeouts } from "../../../data/queries";
import type { Takeout, TakeoutContents } from "../../../data/schema";
import {
  answer,
  at,
  button,
  calls,
  DAY,
  field,
  has,
  headersSent,
  MINUTE,
  press,
  refused,
  sent,
  settled,
  show,
  textOf,
  textsOf,
  tick,
  toasts,
  type,
} from "../../../testing/service";
import { TakeHome } from "./TakeHome";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);

const TAKEOUT = "/api/pmd/takeout";
const ALL = ["posts", "library", "packs", "drafts", "account"] as const;
const contents: TakeoutContents = {
  ...{ post_count: 3, post_bytes: 2000, file_count: 1, file_bytes: 500_000, pack_count: 0, edition_count: 0 },
  ...{ edition_bytes: 0, draft_count: 0, scheduled_count: 0, series_count: 0, key_count: 0, webhook_count: 0 },
};
const takeoutOf = (part: Partial<Takeout> = {}): Takeout => ({
  ...{ id: "t1", download_id: "d1", name: null, status: "ready", since: null, parts: [...ALL], post_count: 3 },
  ...{ file_count: 2, pack_count: 1, processed_count: 5, missing_count: 0, file_size_bytes: 4000 },
  ...{ created_at: at(-5 * MINUTE), completed_at: at(-MINUTE), expires_at: at(2 * DAY), error_message: null },
  download_url: "/api/pmd/bdr/d1/download",
  ...part,
});
const list = (items: Takeout[], next_possible_at: string | null = null) =>
  answer({ [`GET ${TAKEOUT}`]: { items, next_cursor: null, next_possible_at } });
beforeEach(() => {
  list([]);
  answer({ [`GET ${TAKEOUT}/contents`]: contents, [`POST ${TAKEOUT}`]: {} });
});
const make = () => button(/^Make one file/);
const ask = async () => {
  fireEvent.click(make());
  await settled();
};
const facts = () => textsOf(".data-rows li p.muted");

describe("a new takeout", () => {
  it("has everything, and an e-mail when it is ready, unless something else is chosen", async () => {
    await show(<TakeHome />);
    expect([make().textContent.trim(), textOf(".data-form .buttons > .muted")]).toEqual([
      "Make one file502 kB",
      "You can close this page; it waits here and in Downloads.",
    ]);
    await ask();
    expect([sent(), toasts()]).toEqual([
      [[`POST ${TAKEOUT}`, { name: null, parts: [...ALL], send_email: true }]],
      ["success: Everything is being packed."],
    ]);
    expect(calls(`GET ${TAKEOUT}`).filter((call) => call === `GET ${TAKEOUT}`)).toHaveLength(2);
  });

  it("says what is in each of its parts, and how much that is", async () => {
    await show(<TakeHome />);
    expect(textsOf(".data-totals label")).toEqual([
      "Posts3 posts with texts, comments, reactions; hidden ones too2.0 kB",
      "Library1 file in its folder, with stars, labels, notes500 kB",
      "Packsnone",
      "Drafts and seriesnone",
      "Accountsettings",
    ]);
  });

  it("has none of what there is none of", async () => {
    answer({
      [`GET ${TAKEOUT}/contents`]: { ...contents, post_count: 0, post_bytes: 0, file_count: 0, file_bytes: 0 },
    });
    await show(<TakeHome />);
    expect([textsOf(".data-totals label").slice(0, 2), make().textContent.trim()]).toEqual([
      ["Postsnone", "Librarynone"],
      "Make one file",
    ]);
  });

  it("is of what is chosen, by its name and in the usual order", async () => {
    await show(<TakeHome />);
    for (const part of [/^Library/, /^Packs/, /^Account/]) await tick(part);
    expect(make().textContent.trim()).toBe("Make one file2.0 kB");
    await tick(/^Library/);
    await tick("E-mail me when it is ready");
    await ask();
    const body = {
      name: "Posts, Library, Drafts and series",
      parts: ["posts", "library", "drafts"],
      send_email: false,
    };
    expect([sent(), toasts()]).toEqual([[[`POST ${TAKEOUT}`, body]], ["success: What you chose is being packed."]]);
  });

  it("is of something", async () => {
    await show(<TakeHome />);
    for (const part of [/^Posts/, /^Library/, /^Packs/, /^Drafts/, /^Account/]) await tick(part);
    expect(make().disabled).toBe(true);
  });

  it("is asked for once: after a refusal with the same key, and not while the answer is awaited", async () => {
    answer({ [`POST ${TAKEOUT}`]: refused("One a day.") });
    await show(<TakeHome />);
    await ask();
    expect(textOf("form [role=alert]")).toBe("One a day.");
    answer({ [`POST ${TAKEOUT}`]: () => new Promise(() => undefined) });
    await ask();
    const [first, second] = headersSent("Idempotency-Key");
    expect([textOf("form [role=alert]"), make().disabled, first, Boolean(first)]).toEqual([null, true, second, true]);
  });

  it.each([
    [at(2 * MINUTE + 5000), true, "One a day: the next one in 2 min 5 s."],
    [at(0), false, "You can close this page; it waits here and in Downloads."],
    [null, false, "You can close this page; it waits here and in Downloads."],
  ])("is possible once a day: from %s", async (next, isOff, words) => {
    list([], next);
    await show(<TakeHome />);
    expect([make().disabled, textOf(".data-form .buttons > .muted")]).toEqual([isOff, words]);
  });

  it.each([
    ["processing", "One is being made."],
    ["ready", "One a day: the next one in 1 d."],
  ] as const)("leaves the focus where it says why there is no other one yet: %s", async (status, why) => {
    await show(<TakeHome />);
    make().focus();
    answer({ [`POST ${TAKEOUT}`]: {} });
    list([takeoutOf({ status })], at(DAY));
    await ask();
    expect([make().disabled, document.activeElement?.textContent]).toEqual([true, why]);
  });

  it("moves the focus no more once it was refused, although another one is made later", async () => {
    answer({ [`POST ${TAKEOUT}`]: refused("One a day.") });
    await show(<TakeHome />);
    make().focus();
    await ask();
    make().blur();
    list([takeoutOf({ status: "processing" })], at(DAY));
    refreshTakeouts();
    await settled();
    expect([make().disabled, document.activeElement]).toEqual([true, document.body]);
  });

  it("moves the focus once for one that was asked for, and not where the next one is made elsewhere", async () => {
    await show(<TakeHome />);
    make().focus();
    list([takeoutOf({ status: "processing" })], at(DAY));
    await ask();
    const became = async (next: string | null, status: Takeout["status"]) => {
      list([takeoutOf({ status })], next);
      refreshTakeouts();
      await settled();
    };
    await became(null, "ready");
    (document.activeElement as HTMLElement).blur();
    await became(at(DAY), "processing");
    expect([make().disabled, document.activeElement]).toEqual([true, document.body]);
  });

  it("waits for the one that is being made", async () => {
    list([takeoutOf({ status: "processing" })], at(DAY));
    await show(<TakeHome />);
    expect([make().disabled, textOf(".data-form .buttons > .muted")]).toEqual([true, "One is being made."]);
  });
});

describe("only what is new since the last takeout", () => {
  const last = () => field(/^Only newer ones/);

  it("follows the last one that is ready, and says at most how much that is", async () => {
    list([takeoutOf({ id: "t2", status: "failed" }), takeoutOf({ created_at: at(-3 * DAY) })]);
    await show(<TakeHome />);
    expect(last().closest("label")?.textContent.trim()).toBe(
      "Only newer ones than the last takeout, of 2026-03-07 Unpack it over that one.",
    );
    await tick(/^Only newer ones/);
    expect(make().textContent.trim()).toBe("Make one fileat most 502 kB");
    await ask();
    expect(sent()[0]?.[1]).toMatchObject({ since: "t1" });
  });

  it("cannot be chosen where there is none", async () => {
    await show(<TakeHome />);
    expect([last().disabled, has("There is none yet.")]).toEqual([true, true]);
  });

  it("needs one that has all of what is wanted now", async () => {
    list([takeoutOf({ parts: ["posts", "account"] })]);
    await show(<TakeHome />);
    await tick(/^Packs/);
    expect([last().disabled, has("There is none yet with all of this.")]).toEqual([true, true]);
    for (const part of [/^Library/, /^Drafts/]) await tick(part);
    await tick(/^Only newer ones/);
    expect(last().checked).toBe(true);
    await tick(/^Library/);
    expect([last().checked, field("All").checked]).toEqual([false, true]);
    await ask();
    expect(sent()[0]?.[1]).toEqual({
      name: "Posts, Library, Account",
      parts: ["posts", "library", "account"],
      send_email: true,
    });
  });

  it("is since a day, which is chosen by writing it, and which has to be written", async () => {
    await show(<TakeHome />);
    expect([field("The first day").required, field("The first day").max]).toEqual([false, "2026-03-10"]);
    await tick("Only since");
    expect(field("The first day").required).toBe(true);
    await tick("All");
    await type("The first day", "2026-02-01");
    expect([field("Only since").checked, field("All").checked]).toEqual([true, false]);
    await ask();
    expect(sent()[0]?.[1]).toMatchObject({ since: "2026-02-01" });
  });

  it("is not since the day that was written, where all was chosen after that", async () => {
    await show(<TakeHome />);
    await type("The first day", "2026-02-01");
    await tick("All");
    await ask();
    expect(sent()[0]?.[1]).not.toHaveProperty("since");
  });
});

describe("the takeouts", () => {
  it("are the newest five", async () => {
    list([1, 2, 3, 4, 5, 6].map((id) => takeoutOf({ id: String(id), created_at: at(-id * DAY) })));
    await show(<TakeHome />);
    expect(document.querySelectorAll(".data-rows > li")).toHaveLength(5);
  });

  it("cannot be read: that is said, and asked again", async () => {
    answer({ [`GET ${TAKEOUT}`]: refused("Not now.") });
    await show(<TakeHome />);
    expect([has("Not now."), document.querySelector("form")]).toEqual([true, null]);
    list([]);
    await press("Try again");
    expect([has("Not now."), document.querySelector("form") === null]).toEqual([false, false]);
  });

  it.each([
    [{}, "ready", "Everything Ready5 min ago", "3 posts · 2 files · 1 pack · 4.0 kB · here for 2 d"],
    [
      { name: "Two", parts: ["drafts", "account"], since: at(-DAY), missing_count: 2 },
      ...["ready", "Two Ready5 min ago"],
      "drafts and series · account · files since 2026-03-09 · 4.0 kB · here for 2 d · 2 missing, named in it",
    ],
    [{ expires_at: at(0) }, "expired", "Everything Expired5 min ago", "3 posts · 2 files · 1 pack"],
    [{ download_url: null }, "expired", "Everything Expired5 min ago", "3 posts · 2 files · 1 pack"],
    [{ status: "cancelled" }, "cancelled", "Everything Stopped5 min ago", "3 posts · 2 files · 1 pack"],
    [
      ...[{ expires_at: null, file_size_bytes: null }, "ready", "Everything Ready5 min ago"],
      "3 posts · 2 files · 1 pack",
    ],
  ] as [Partial<Takeout>, string, string, string][])("of %j is %s: %s, %s", async (part, status, head, words) => {
    list([takeoutOf(part)]);
    await show(<TakeHome />);
    const row = document.querySelector<HTMLElement>(".data-rows > li");
    expect([row?.dataset["status"], row?.querySelector("p")?.textContent, facts()]).toEqual([status, head, [words]]);
  });

  it("that are ready are fetched by a link", async () => {
    list([takeoutOf()]);
    await show(<TakeHome />);
    const link = screen.getByRole("link");
    expect([link.getAttribute("href"), link.textContent.trim(), link.hasAttribute("download")]).toEqual([
      "/api/pmd/bdr/d1/download",
      "Download Everything of 2026-03-10",
      true,
    ]);
    expect([has(/^Retry/), has(/^Make it again/), has("Cancel"), screen.queryByRole("progressbar")]).toEqual([
      false,
      false,
      false,
      null,
    ]);
  });

  it.each([
    [{ post_count: 3, file_count: 5, processed_count: 2 }, ["2", "8"]],
    [{ post_count: 0, file_count: 0, processed_count: 0 }, ["0", "1"]],
  ])("that are being made show how far: %j, and can be cancelled", async (part, [value, max]) => {
    list([takeoutOf({ status: "processing", ...part })]);
    answer({ [`POST ${TAKEOUT}/t1/cancel`]: takeoutOf({ status: "cancelled" }) });
    await show(<TakeHome />);
    const bar = screen.getByRole("progressbar", { name: "Progress of Everything of 2026-03-10" });
    expect([bar.getAttribute("aria-valuenow"), bar.getAttribute("aria-valuemax")]).toEqual([value, max]);
    expect(screen.queryByRole("link")).toBeNull();
    await press("Cancel Everything of 2026-03-10");
    expect(sent()).toEqual([[`POST ${TAKEOUT}/t1/cancel`]]);
  });

  it.each([
    [{ status: "failed", error_message: "Disk full." }, "Retry", ["Disk full."]],
    [{ expires_at: at(-1), error_message: "Old." }, "Make it again", []],
  ] as const)("that are gone can be made again: %j", async (part, name, why) => {
    list([takeoutOf(part)]);
    answer({ [`POST ${TAKEOUT}/t1/retry`]: () => new Promise(() => undefined) });
    await show(<TakeHome />);
    expect(textsOf(".bad")).toEqual(why);
    await press(`${name} Everything of 2026-03-10`);
    expect([sent(), button(`${name} Everything of 2026-03-10`).disabled]).toEqual([
      [[`POST ${TAKEOUT}/t1/retry`]],
      true,
    ]);
  });

  it("that have no download any more cannot", async () => {
    list([takeoutOf({ status: "failed", download_id: null })]);
    await show(<TakeHome />);
    expect(has(/^Retry/)).toBe(false);
  });
});
