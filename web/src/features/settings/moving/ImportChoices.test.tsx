// @vitest-environment happy-dom
import { fireEvent } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { configure, given } from "../../../testing/config";
import { countOf, importOf } from "../../../testing/imports";
import {
  answer,
  button,
  calls,
  field,
  has,
  press,
  refused,
  sent,
  settled,
  show,
  textOf,
  textsOf,
  tick,
} from "../../../testing/service";
import { ImportChoices } from "./ImportChoices";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);

const START = "POST /api/pmd/imports/5/start";
const licenses = [
  { id: 1, identifier: "CC0-1.0", title: "Free", url: null },
  { id: 2, identifier: "CC-BY-4.0", title: "Credit", url: null },
];
const none = { licenses: {}, hashtags: {}, warnings: {} };
beforeEach(() => answer({ "GET /api/pmd/license": { items: licenses }, [START]: importOf({ stage: "import" }) }));
const open = (part: Parameters<typeof importOf>[0] = {}) => show(<ImportChoices of={importOf(part)} />);
const start = async () => {
  fireEvent.submit(document.querySelector("form") ?? document.body);
  await settled();
};
const change = async (name: string | RegExp, value: string) => {
  fireEvent.change(field(name), { target: { value } });
  await settled();
};
const POSTS = "Posts";
const FILES = /^Files of the library/;
const HIDE = /^Hide all of them/;

describe("posts", () => {
  it("become posts, as the report suggests, and all is read anew", async () => {
    await open();
    expect([field(POSTS).checked, textOf("[type=submit]")]).toEqual([true, "Import 5"]);
    await start();
    expect(sent()).toEqual([[START, { posts_as: "posts", is_hidden: false, ...none }]]);
  });

  it("become drafts or files, hidden or not, as is chosen", async () => {
    await open();
    await tick(/^Drafts/);
    await tick(HIDE);
    await start();
    await tick(FILES);
    expect(document.querySelector("[type=checkbox]")).toBeNull();
    await start();
    expect(sent().map(([, body]) => body)).toEqual([
      { posts_as: "drafts", is_hidden: true, ...none },
      { posts_as: "files", is_hidden: true, ...none },
    ]);
  });

  it("begin with what was chosen before", async () => {
    const choices = { posts_as: "drafts" as const, is_hidden: true, licenses: {}, hashtags: { a: null }, warnings: {} };
    await open({ stage: "import", status: "failed", choices, report: { hashtags: { a: 2, b: 1 } } });
    expect([field(/^Drafts/).checked, field(HIDE).checked, field(/^a 2/).value, field(/^b 1/).value]).toEqual([
      true,
      true,
      "",
      "b",
    ]);
    expect([textOf("[type=submit]"), has("It can be undone for 30 days.")]).toEqual(["Go on", false]);
  });

  it("are files where the site publishes nothing from here", async () => {
    configure({ limits: { ...given.limits, can_publish: false } });
    await open();
    expect([field(POSTS).disabled, field(FILES).disabled, field(FILES).checked]).toEqual([true, false, true]);
    expect([textsOf("label small").slice(0, 2), textOf("[type=submit]")]).toEqual([
      ["This site does not publish from here.", "This site does not publish from here."],
      "Import 5",
    ]);
    await start();
    expect(sent()[0]?.[1]).toMatchObject({ posts_as: "files" });
  });

  it.each([
    [[countOf("file", "make", 2)], false],
    [[countOf("post", "present", 2), countOf("file", "make", 2)], false],
    [[countOf("post", "change", 2)], true],
  ])("are asked about where there are any to make: %j", async (counts, isAsked) => {
    await open({ report: { counts } });
    expect(has("Posts become")).toBe(isAsked);
  });

  it("that this site does not take count as files", async () => {
    const counts = [{ ...countOf("post", "skip", 4), reason: "posts_are_made_elsewhere" }];
    await open({ report: { counts } });
    const label = () => [textOf("[type=submit]"), document.querySelector<HTMLButtonElement>("[type=submit]")?.disabled];
    expect(label()).toEqual(["Import 0", true]);
    await tick(FILES);
    expect(label()).toEqual(["Import 4", false]);
  });
});

describe("licences", () => {
  it("are suggested, and changed or left out by choice; only what is other is sent", async () => {
    await open({ report: { licenses: { B: 2, A: 1, C: null } } });
    expect(textsOf(".mapping label > span")).toEqual(["A becomes", "B becomes", "C becomes"]);
    expect(["A becomes", "B becomes", "C becomes"].map((name) => field(name).value)).toEqual(["1", "2", ""]);
    await change("A becomes", "2");
    await change("B becomes", "");
    await start();
    expect(sent()[0]?.[1]).toMatchObject({ licenses: { A: 2, B: null } });
  });

  it.each([
    [{}, licenses],
    [{ A: 1 }, []],
  ])("are not asked for where there are none: %j, %j", async (of, items) => {
    answer({ "GET /api/pmd/license": { items } });
    await open({ report: { licenses: of } });
    expect([has("Licences"), calls()]).toEqual([false, ["GET /api/pmd/license"]]);
  });
});

describe("hashtags and warnings", () => {
  const many = Object.fromEntries(Array.from({ length: 14 }, (_, index) => [`tag${index}`, index + 1]));

  it("are changed or left out; the most frequent come first", async () => {
    await open({ report: { hashtags: { sea: 1, boat: 3, air: 1 }, warnings: { Blood: 1 } } });
    expect([textsOf("summary"), textsOf(".mapping label > span")]).toEqual([
      [
        "1 content warning: change them, or leave one out by emptying its field",
        "3 hashtags: change them, or leave one out by emptying its field",
      ],
      ["Blood 1", "boat 3", "air 1", "sea 1"],
    ]);
    await change(/^boat/, "#ship");
    await change(/^sea/, "");
    await change(/^Blood/, "Gore");
    await start();
    expect(sent()[0]?.[1]).toMatchObject({ hashtags: { boat: "ship", sea: null }, warnings: { Blood: "Gore" } });
  });

  it("have as many letters as they may", async () => {
    await open({ report: { hashtags: { sea: 1 }, warnings: { Blood: 1 } } });
    expect([field(/^sea/).maxLength, field(/^Blood/).maxLength]).toEqual([64, 500]);
  });

  it("are twelve at first, and all when asked", async () => {
    await open({ report: { hashtags: many } });
    expect(textsOf(".mapping label")).toHaveLength(12);
    await press("Show 2 more");
    expect([textsOf(".mapping label").length, has(/^Show \d/)]).toEqual([14, false]);
  });

  it("are not asked for where there are none", async () => {
    await open();
    expect(document.querySelector("details")).toBeNull();
  });
});

it.each([
  [{ title: "title", odd: null }, ["titletitle", "oddnot known: left out"]],
  [{}, []],
])("says what each column of a table was read as: %j", async (columns, facts) => {
  await open({ report: { columns } });
  expect([textsOf(".facts div"), has("Columns of the table")]).toEqual([facts, facts.length > 0]);
});

it("says why it could not be started, and starts it once at a time", async () => {
  answer({ [START]: refused("The archive is gone.") });
  await open();
  expect(has("It can be undone for 30 days.")).toBe(true);
  await start();
  expect(textOf("form [role=alert]")).toBe("The archive is gone.");
  answer({ [START]: () => new Promise(() => undefined) });
  await start();
  expect([textOf("form [role=alert]"), button("Import 5").disabled]).toEqual([null, true]);
});
