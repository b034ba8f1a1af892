// @vitest-environment happy-dom
import { act, fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { closeShared, useSharedDialog } from "../../../data/dialogs";
import type { Import } from "../../../data/imports/schema";
import { go, queryParam } from "../../../platform/address";
import { assetOf } from "../../../testing/assets";
import { configure } from "../../../testing/config";
import { countOf, importOf } from "../../../testing/imports";
import {
  answer,
  button,
  calls,
  field,
  has,
  headersSent,
  hit,
  press,
  refused,
  rows,
  sent,
  show,
  statusWords,
  textOf,
  textsOf,
  toasts,
  type,
} from "../../../testing/service";
import { BringBack } from "./BringBack";
import { YourData } from "./YourData";

vi.mock("../../../data/config", async () => (await import("../../../testing/config")).asModule);
vi.mock("./TakeHome", () => ({ TakeHome: () => "take home" }));
vi.mock("./DeleteAccount", () => ({ DeleteAccount: () => "delete" }));
vi.mock("./ImportView", () => ({ ImportView: ({ id }: { id: number }) => `import ${id}` }));

const IMPORTS = "/api/pmd/imports";
const list = (...items: Import[]) => answer({ [`GET ${IMPORTS}`]: { items, next_cursor: null } });
const library = (...names: string[]) =>
  answer({
    "GET /api/pmd/assets": {
      items: names.map((name, index) => assetOf({ id: index + 1, name, size_bytes: 5000 })),
      next_cursor: null,
    },
  });
beforeEach(() => {
  go("settings", { section: "data" });
  list();
  library();
});

describe("the imports", () => {
  it("are counted, and listed where there are any", async () => {
    await show(<BringBack />);
    expect([statusWords(), document.querySelector(".data-rows")]).toEqual(["0 imports", null]);
  });

  it.each([
    [{}, "pending", "Show and choose All.zip", "Read; nothing has been made yetA takeout · 3 posts and 2 files"],
    [{ form: null }, "pending", "Show and choose All.zip", "Read; nothing has been made yet3 posts and 2 files"],
    [{ stage: "import", made_count: 5 }, "completed", "Show All.zip", "Done: 5 things are hereA takeout"],
    [
      ...[{ report: { counts: [countOf("post", "present", 1)] } }, "completed", "Show All.zip"],
      "Read; nothing in it is new hereA takeout",
    ],
    [{ status: "failed", error_message: "Broken." }, "failed", "Show All.zip", "Could not be readA takeout"],
  ] as [Partial<Import>, string, string, string][])("of %j is %s: %s, %s", async (part, status, link, words) => {
    list(importOf(part));
    await show(<BringBack />);
    expect([rows()[0]?.dataset["status"], screen.getByRole("link").textContent, textsOf("li p")[1]]).toEqual([
      status,
      link,
      words,
    ]);
    expect(textsOf(".bad")).toEqual(status === "failed" ? ["Broken."] : []);
  });

  it.each([
    [{ stage: "import", status: "running", progress: 40 }, "40"],
    [{ stage: "report", status: "running", progress: 40 }, undefined],
    [{ stage: "import", status: "completed", progress: 100 }, undefined],
  ] as const)("of %j show how far they are: %s", async (part, value) => {
    list(importOf(part));
    await show(<BringBack />);
    expect(screen.queryByRole("progressbar")?.getAttribute("aria-valuenow")).toBe(value);
  });

  it("are opened at their own address", async () => {
    list(importOf());
    await show(<BringBack />);
    const link = screen.getByRole("link");
    expect([link.getAttribute("href"), statusWords()]).toEqual(["/settings?section=data&import=5", "1 import"]);
    fireEvent.click(link);
    expect(queryParam("import")).toBe("5");
  });

  it("cannot be read: that is said, and asked again", async () => {
    answer({ [`GET ${IMPORTS}`]: refused("Not now.") });
    await show(<BringBack />);
    expect([has("Not now."), statusWords()]).toEqual([true, ""]);
    list(importOf());
    await press("Try again");
    expect([has("Not now."), rows().length]).toEqual([false, 1]);
    await hit("j", document.body);
    expect(document.activeElement).toBe(rows()[0]);
  });
});

describe("an archive of the library", () => {
  it("is offered where there is one, by all its endings", async () => {
    library("photo.png");
    await show(<BringBack />);
    expect([has("Read it"), calls("GET /api/pmd/assets")]).toEqual([
      false,
      ["GET /api/pmd/assets?q=format%3Azip+OR+format%3Agz+OR+format%3Atgz&limit=50"],
    ]);
  });

  it("is the first, or the one that is chosen, and its report is opened", async () => {
    library("a.zip", "photo.png", "B.TAR.GZ");
    answer({ [`POST ${IMPORTS}`]: importOf({ id: 8 }) });
    await show(<BringBack />);
    expect(textsOf("option")).toEqual(["a.zip, 5.0 kB", "B.TAR.GZ, 5.0 kB"]);
    await press("Read it");
    expect([sent(), queryParam("import")]).toEqual([[[`POST ${IMPORTS}`, { asset_id: 1, form: null }]], "8"]);
    await type("Or an archive that is in your library", "3");
    await press("Read it");
    expect([sent()[1], calls(`GET ${IMPORTS}`).length]).toEqual([[`POST ${IMPORTS}`, { asset_id: 3, form: null }], 3]);
  });

  it("is read once: after a refusal with the same key, and not while the answer is awaited", async () => {
    library("a.zip");
    answer({ [`POST ${IMPORTS}`]: refused("No.") });
    await show(<BringBack />);
    await press("Read it");
    expect([toasts(), queryParam("import")]).toEqual([["error: No."], ""]);
    answer({ [`POST ${IMPORTS}`]: () => new Promise(() => undefined) });
    await press("Read it");
    const [first, second] = headersSent("Idempotency-Key");
    expect([button("Read it").disabled, first, Boolean(first)]).toEqual([true, second, true]);
  });
});

describe("an archive of this computer", () => {
  function Shared() {
    const now = useSharedDialog();
    return (
      <button className="shared" onClick={() => now && closeShared(now)}>
        {now?.about === "archive" ? now.file.name : ""}
      </button>
    );
  }

  it("is chosen by a button, and asked about", async () => {
    await show(
      <>
        <BringBack />
        <Shared />
      </>,
    );
    const input = field("Archive to import");
    const clicked = vi.spyOn(input, "click");
    await press("Choose a file");
    expect([clicked.mock.calls.length, input.accept, textOf(".shared")]).toEqual([1, ".zip,.tar.gz,.tgz", ""]);
    Object.defineProperty(input, "files", { configurable: true, value: [new File(["x"], "mine.zip")] });
    fireEvent.change(input);
    expect(textOf(".shared")).toBe("mine.zip");
    await press("mine.zip");
  });

  it("may be one of those that are understood", async () => {
    await show(<BringBack />);
    expect(textOf(".drop-archive .muted")).toMatch(
      /^Understood, as .zip, .tar.gz, .tgz: a takeout, a Pixelfed .*, an Inst/,
    );
  });
});

describe("the page of one's data", () => {
  it.each([
    [false, "take homeBring it back", true],
    [true, "take homeBring it back", false],
  ])("has its parts; to a moderator (%s) no end of the account", async (moderates, words, canDelete) => {
    configure({ moderates });
    answer({ [`GET ${IMPORTS}?target_sqid=me`]: { items: [], next_cursor: null } });
    await show(<YourData />);
    const text = textOf("section[aria-labelledby=data-title]") ?? "";
    expect([text.includes(words), text.endsWith("delete")]).toEqual([true, canDelete]);
  });

  it("is that of one import where the address names it", async () => {
    act(() => go("settings", { section: "data", import: 12 }));
    await show(<YourData />);
    expect([has("import 12"), has("Your data")]).toEqual([true, false]);
  });
});
