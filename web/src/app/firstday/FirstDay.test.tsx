// @vitest-environment happy-dom
import { screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { currentPage, go, queryParam } from "../../platform/address";
import { assetOf } from "../../testing/assets";
import {
  answer,
  button,
  calls,
  has,
  press,
  sent,
  show,
  statusWords,
  textOf,
  textsOf,
  toasts,
} from "../../testing/service";
import FirstDay from "./FirstDay";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);
const page = vi.hoisted(() => ({ isPhone: false, uploads: [] as { successful_files: number }[] }));
vi.mock("../../ui/useMediaQuery", () => ({ useMediaQuery: () => page.isPhone }));
vi.mock("../../features/uploads/api", () => ({ useUploads: () => ({ uploads: page.uploads }) }));
vi.mock("../../features/uploads/ChooseButtons", () => ({ ChooseButtons: () => "choose" }));
const sample = vi.hoisted(() => ({ addSample: vi.fn<() => Promise<string>>() }));
vi.mock("./sample", () => ({ ...sample, sampleCounts: { pictures: 20, sounds: 6 } }));
vi.mock("./sprites", () => ({ sprite: () => ({}), island: () => ({}), paint: vi.fn() }));

const SAMPLE = "Sample: Small island";
const COUNTS = "GET /api/pmd/assets/counts";
const counts = (total_count: number, fresh = 0) =>
  answer({
    [COUNTS]: {
      total_count,
      facets: {
        ...{ type: [], theme: [], hashtag: [], provenance: [], license: [], label: [], rating: [], upload: [] },
        state: [
          { value: "approved", count: total_count - fresh },
          ...(fresh > 0 ? [{ value: "new", count: fresh }] : []),
        ],
      },
    },
  });
const files = (...sources: string[]) =>
  answer({ "GET /api/pmd/assets": { items: sources.map((source, id) => assetOf({ id, source })), next_cursor: null } });
beforeEach(() => {
  localStorage.clear();
  vi.resetAllMocks();
  Object.assign(page, { isPhone: false, uploads: [] });
  go("posts", {});
  counts(0);
  files();
});
const steps = () => textsOf(".first-number");
const link = (name: string | RegExp) => screen.queryByRole("link", { name })?.getAttribute("href") ?? null;

describe("the steps", () => {
  it("are all before one where nothing has come, and show what will be there", async () => {
    await show(<FirstDay />);
    expect([steps(), document.querySelectorAll(".first-row").length, link("Publish")]).toEqual([
      ["1", "2", "3"],
      2,
      null,
    ]);
    expect([statusWords(), textOf(".foot-progress")]).toEqual(["0 posts", "Room for 50.0 GB and 20,000 files; 0 used"]);
  });

  it.each([
    [3, 2, "Review 2 new files", "/library?state=new"],
    [3, 1, "Review 1 new file", "/library?state=new"],
    [3, 0, "Open 3 files", "/library"],
    [1, 0, "Open 1 file", "/library"],
  ])("lead on with %i files, %i of them new: %s", async (total, fresh, name, href) => {
    counts(total, fresh);
    await show(<FirstDay />);
    expect([steps(), link(name), link("Publish"), link("Make a pack")]).toEqual([
      ["✓", "2", "3"],
      href,
      "/publish",
      "/packs",
    ]);
    expect([
      document.querySelectorAll(".first-row").length,
      textOf(".foot-progress")?.endsWith(`${total} used`),
    ]).toEqual([0, true]);
  });

  it("are counted again when something has arrived", async () => {
    const { again } = await show(<FirstDay />);
    counts(2);
    page.uploads = [{ successful_files: 1 }, { successful_files: 1 }];
    await again(<FirstDay />);
    expect([steps()[0], calls(COUNTS).length]).toEqual(["✓", 2]);
  });

  it("show the days from today on", async () => {
    await show(<FirstDay />);
    // 10 March 2026 is a Tuesday.
    expect(textsOf(".first-row small")).toEqual(["Tue", "Wed", "Thu", "Fri", "Sat"]);
    expect(
      [...document.querySelectorAll<HTMLElement>(".first-day-free")].map((each) => "rest" in each.dataset),
    ).toEqual([false, true, true]);
  });

  it("say the largest picture as a round number", async () => {
    await show(<FirstDay />);
    expect(has(/a picture up to 50\.0 MB\.$/)).toBe(true);
  });

  it.each([
    [false, "Drop pictures, sounds or a whole folder", "Approve, set aside, give stars. Keys do it fast."],
    [true, "Add pictures and sounds", "Swipe right to approve, left to set aside."],
  ])("are said for the hand at work, on a phone: %s", async (isPhone, first, second) => {
    page.isPhone = isPhone;
    await show(<FirstDay />);
    expect([has(first), has(second), document.querySelector("details") !== null]).toEqual([true, true, isPhone]);
    expect([has(/^Folders stay as they are/), textsOf(".first-pages strong").length]).toEqual([!isPhone, 6]);
  });
});

it("says what each page is for, and leads there", async () => {
  await show(<FirstDay />);
  expect(textsOf(".first-pages .spread")).toEqual([
    ...["Posts g p", "Publish g d", "Library g l", "Uploads g u", "Packs g k", "Tasks g t"],
  ]);
  await press(/^Library/, ".first-pages");
  expect(currentPage()).toBe("library");
});

it("is hidden for good, in this browser, when asked", async () => {
  await show(<FirstDay />);
  await press("Don’t show again");
  expect(localStorage.getItem("pmd.first-day.me")).toBe("true");
});

describe("the sample", () => {
  it.each([
    [false, "No files at hand? Play with a sample: Small island", "Add the sample"],
    [true, "Or play with a sample", "Add"],
  ])("is offered, on a phone: %s", async (isPhone, title, name) => {
    page.isPhone = isPhone;
    files("scan");
    sample.addSample.mockResolvedValue("u7");
    await show(<FirstDay />);
    expect([textOf(".first-sample h3"), textOf(".first-sample p")?.slice(0, 24)]).toEqual([
      title,
      isPhone ? "Small island, 27 files" : "20 pictures, 6 sounds an",
    ]);
    await press(name);
    expect([currentPage(), queryParam("upload")]).toEqual(["uploads", "u7"]);
  });

  it("that is there can be taken away, and its number is said", async () => {
    files(SAMPLE, "scan", SAMPLE);
    answer({ "POST /api/pmd/assets/action": { affected_count: 2, message: "" } });
    await show(<FirstDay />);
    expect(textOf(".first-sample h3")).toBe("Small island is in your library");
    await press("Remove the sample");
    expect([sent().length > 0, toasts()]).toEqual([true, ["success: Small island is gone: 4 files deleted."]]);
  });

  it("is added once at a time", async () => {
    sample.addSample.mockReturnValue(new Promise(() => undefined));
    await show(<FirstDay />);
    await press("Add the sample");
    expect(button("Add the sample").disabled).toBe(true);
  });
});
