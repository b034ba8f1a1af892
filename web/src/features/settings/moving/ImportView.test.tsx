// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { refreshImports } from "../../../data/imports/imports";
import type { Import } from "../../../data/imports/schema";
import { go, queryParam } from "../../../platform/address";
import { assetOf } from "../../../testing/assets";
import { configure } from "../../../testing/config";
import { countOf, importOf } from "../../../testing/imports";
import {
  answer,
  at,
  button,
  calls,
  DAY,
  has,
  headersSent,
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
} from "../../../testing/service";
import { ImportView } from "./ImportView";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);

const IMPORTS = "/api/pmd/imports";
const list = (...items: Import[]) => answer({ [`GET ${IMPORTS}`]: { items, next_cursor: null } });
const archive = (part: object = {}) => ({
  asset: assetOf({ id: 7, name: "All.zip", size_bytes: 5000, ...part }),
  ...{
    reports: [],
    generation: null,
    steps: [],
    parent: null,
    children: [],
    post: null,
    packs: [],
    near_duplicates: [],
  },
});
beforeEach(() => {
  go("settings", {});
  answer({
    [`GET ${IMPORTS}/5/items`]: { items: [], next_cursor: null },
    "GET /api/pmd/license": { items: [] },
    "GET /api/pmd/assets/7": archive(),
  });
});
const open = (part: Parameters<typeof importOf>[0] = {}) => {
  list(importOf(part));
  return show(<ImportView id={5} />);
};
const buttons = () => textsOf(".data-block:first-of-type .buttons button");
const blocks = () => [...document.querySelectorAll(".data-block")].map((each) => each.getAttribute("aria-label"));

describe("an import", () => {
  it("is among the newest, or is asked for by its id", async () => {
    await open();
    expect([textOf("h2"), calls(`GET ${IMPORTS}/5`).filter((call) => call === `GET ${IMPORTS}/5`)]).toEqual([
      "All.zip",
      [],
    ]);
  });

  it("that is older is asked for by itself", async () => {
    list();
    answer({ [`GET ${IMPORTS}/5`]: importOf({ name: "Old.zip" }) });
    await show(<ImportView id={5} />);
    expect(textOf("h2")).toBe("Old.zip");
  });

  it("that is not there says so, and is asked for again", async () => {
    list();
    answer({ [`GET ${IMPORTS}/5`]: refused("There is no such import.", 404) });
    await show(<ImportView id={5} />);
    expect([textOf("h2"), has("There is no such import.")]).toEqual(["Import", true]);
    answer({ [`GET ${IMPORTS}/5`]: importOf() });
    await press("Try again");
    expect([textOf("h2"), has("There is no such import.")]).toEqual(["All.zip", false]);
  });

  it.each([
    [{}, "A takeout · begun 5 min ago", "9 things in the archive"],
    [{ form: null, item_count: 1 }, "begun 5 min ago", "1 thing in the archive"],
  ])("of %j says what it is: %s", async (part, lead, words) => {
    await open(part);
    expect([textOf(".settings-lead"), statusWords()]).toEqual([lead, words]);
  });

  it("leads back to the others", async () => {
    await open();
    fireEvent.click(screen.getByRole("link", { name: "Your data" }));
    expect([queryParam("section"), queryParam("import")]).toEqual(["data", ""]);
  });
});

describe("what it offers", () => {
  const MAKE = "What is made of it";
  it.each([
    [{}, [], ["What is in it", MAKE, "Each thing"]],
    [{ item_count: 0 }, [], ["What is in it"]],
    [{ report: { counts: [] } }, [], ["What is in it", "Each thing"]],
    [{ status: "running" }, ["Cancel"], ["What is in it", "Each thing"]],
    [{ status: "failed" }, ["Read it again"], ["What is in it", "Each thing"]],
    [{ stage: "import", status: "failed" }, [], ["What has become of it", MAKE, "Each thing"]],
    [
      ...[{ stage: "import", made_count: 2 }, ["Undo this import…"]],
      ["What has become of it", "The archive", "Each thing"],
    ],
    [{ stage: "import", status: "running" }, ["Cancel"], ["What has become of it", "Each thing"]],
    [{ stage: "undo", has_archive: false }, ["Read it again"], ["What has become of it", "Each thing"]],
  ] as [Partial<Import>, string[], string[]][])("where it is %j is %j, in %j", async (part, names, parts) => {
    await open(part);
    expect([buttons(), blocks()]).toEqual([names, parts]);
  });

  it("can be done once at a time, and is asked for with what it was asked before", async () => {
    answer({ [`POST ${IMPORTS}/5/cancel`]: () => new Promise(() => undefined) });
    await open({ status: "pending" });
    await press("Cancel");
    expect([sent(), button("Cancel").disabled]).toEqual([[[`POST ${IMPORTS}/5/cancel`]], true]);
  });

  it("is read anew once it is cancelled", async () => {
    answer({ [`POST ${IMPORTS}/5/cancel`]: importOf({ status: "cancelled" }) });
    await open({ status: "running" });
    list(importOf({ status: "cancelled" }));
    await press("Cancel");
    expect(buttons()).toEqual(["Read it again"]);
  });

  it("reads the archive again, as one more import, which is opened", async () => {
    answer({ [`POST ${IMPORTS}`]: importOf({ id: 6 }) });
    await open({ status: "failed" });
    await press("Read it again");
    expect([sent(), queryParam("section"), queryParam("import")]).toEqual([
      [[`POST ${IMPORTS}`, { asset_id: 7, form: null }]],
      "data",
      "6",
    ]);
  });

  it("asks about what was made, while that becomes less too", async () => {
    await open({ stage: "import", made_count: 2 });
    await press("Undo this import…");
    list(importOf({ stage: "undo", status: "running", made_count: 0 }));
    refreshImports();
    await settled();
    expect(buttons()).toEqual(["Cancel"]);
    expect(textOf("dialog p")).toMatch(/^2 things of/);
  });

  it("undoes it once that is confirmed", async () => {
    answer({ [`POST ${IMPORTS}/5/undo`]: importOf({ stage: "undo", status: "pending" }) });
    await open({ stage: "import", made_count: 2 });
    await press("Undo this import…");
    expect([textOf("dialog h2"), textOf("dialog p")?.startsWith("2 things of All.zip: its posts"), sent()]).toEqual([
      "Undo this import?",
      true,
      [],
    ]);
    list(importOf({ stage: "undo", status: "pending", made_count: 2 }));
    await press("Undo it", "dialog");
    expect([sent(), document.querySelector("dialog"), buttons()]).toEqual([
      [[`POST ${IMPORTS}/5/undo`]],
      null,
      ["Cancel"],
    ]);
  });
});

describe("how it stands", () => {
  it("is shown by its numbers once it is read, and only then", async () => {
    await open({ report: { counts: [countOf("post", "make", 3), countOf("file", "lose", 1)] } });
    expect(textsOf(".numbers-row div")).toEqual(["new3", "lost1"]);
  });

  it.each([
    [{ stage: "import" }, 0],
    [{ status: "running" }, 0],
  ] as const)("has no numbers where it is %j", async (part, count) => {
    await open(part);
    expect(document.querySelectorAll(".numbers-row")).toHaveLength(count);
  });

  it.each([
    [{ stage: "import", status: "running", progress: 41.9 }, "41 %", true],
    [{ stage: "undo", status: "pending", progress: 0 }, "0 %", true],
    [{ stage: "report", status: "running", progress: 41 }, null, true],
    [{ stage: "import", status: "completed" }, null, false],
  ] as const)("of %j is %s, and goes on by itself: %s", async (part, words, goesOn) => {
    await open(part);
    expect([textOf(".data-progress .numbers"), has("You can close this page; it goes on by itself.")]).toEqual([
      words,
      goesOn,
    ]);
    expect(screen.queryByRole("progressbar") !== null).toBe(words !== null);
  });

  it("is a failure with its reason, and with what to do about it", async () => {
    await open({ stage: "import", status: "failed", error_message: "Disk full." });
    expect(textOf(".refusal")).toBe("Disk full. What has been made stays. Go on, which makes the rest, or undo it.");
  });

  it("can be read in another way, which makes another report", async () => {
    answer({ [`POST ${IMPORTS}`]: importOf({ id: 6 }) });
    await open({ report: { forms: ["takeout", "table"] } });
    const select = screen.getByLabelText<HTMLSelectElement>("Read as", { exact: false });
    expect([select.value, [...select.options].map(({ text }) => text)]).toEqual([
      "takeout",
      ["A takeout", "A folder with a CSV"],
    ]);
    fireEvent.change(select, { target: { value: "table" } });
    await settled();
    expect([sent(), queryParam("import"), headersSent("Idempotency-Key")[0] === null]).toEqual([
      [[`POST ${IMPORTS}`, { asset_id: 7, form: "table" }]],
      "6",
      false,
    ]);
  });

  it.each([{ report: { forms: ["takeout"] } }, { stage: "import" as const, report: { forms: ["takeout", "table"] } }])(
    "cannot where there is one way, or where it was made: %j",
    async (part) => {
      await open(part);
      expect(has("Read as")).toBe(false);
    },
  );
});

describe("its archive", () => {
  const done = { stage: "import", made_count: 2 } as const;
  const TRASH = "Move the archive to the trash (5.0 kB)";

  it.each([
    [{}, "It is still a file of your library. The next takeout is made without it."],
    [{ failed_count: 1 }, "It is still a file of your library."],
    [{ form: "table" }, "It is still a file of your library."],
    [{ stage: "undo" as const, made_count: 0 }, "It is still a file of your library."],
  ])("of %j is still there: %s", async (part, words) => {
    await open({ ...done, ...part });
    expect(textOf("[aria-label='The archive'] p")).toBe(words);
  });

  it.each([
    ["is in the trash already", { state: "trash" as const }, {}],
    ["is gone", null, {}],
    ["was not found to be there", {}, { has_archive: false }],
    ["is still being made", {}, { status: "running" as const }],
  ])("is not offered where it %s", async (_, part, of) => {
    answer({ "GET /api/pmd/assets/7": part ? archive(part) : refused("Gone.", 404) });
    await open({ ...done, ...of });
    expect(has(/^Move the archive/)).toBe(false);
  });

  it("is not a moderator's to move", async () => {
    configure({ moderates: true });
    answer({
      [`GET ${IMPORTS}?target_sqid=me`]: { items: [importOf(done)], next_cursor: null },
      "GET /api/pmd/assets/7": archive(),
    });
    await open(done);
    expect(has(/^Move the archive/)).toBe(false);
  });

  it("goes to the trash, and comes back by Undo", async () => {
    answer({ "POST /api/pmd/assets/action": null });
    await open(done);
    answer({ "GET /api/pmd/assets/7": archive({ state: "trash" }) });
    await press(TRASH);
    expect([sent(), toasts(), has(/^Move the archive/)]).toEqual([
      [["POST /api/pmd/assets/action", { action: "trash", asset_ids: [7] }]],
      ["success: All.zip is in the trash of your library."],
      false,
    ]);
    answer({ "GET /api/pmd/assets/7": archive() });
    await press("Undo");
    expect([sent()[1], has(TRASH)]).toEqual([
      ["POST /api/pmd/assets/action", { action: "restore", asset_ids: [7] }],
      true,
    ]);
  });
});

it("tells the time of its end: after 30 days nothing is undone", async () => {
  await open({ stage: "import", made_count: 2, completed_at: at(-30 * DAY - MINUTE) });
  expect(buttons()).toEqual([]);
});
