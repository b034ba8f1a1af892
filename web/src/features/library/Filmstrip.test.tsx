// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PMDError } from "@pmd/client";
import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { Filmstrip } from "./Filmstrip";
import { type Filters, noFilters } from "./filters";
import { LibraryMessage } from "./LibraryMessage";
import { FIT } from "./view";
import { BackToLibrary, Verdict, Zooms } from "./ViewerTools";

const query = vi.hoisted(() => ({ clearFilters: vi.fn(), setFilters: vi.fn() }));
vi.mock("./query", () => query);
vi.mock("../../data/assets/AssetPicture", () => ({ AssetPicture: () => null }));
vi.mock("../../ui/useMat", () => ({ useMat: () => ["dark", () => 0] }));
vi.mock("../../ui/OpenLink", () => ({ PageLink: ({ page }: { page: string }) => <a href={page}>Upload</a> }));
vi.mock("../../platform/parameters", () => ({
  readParameters: (_page: string, _search: string, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, ""])),
}));
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("devicePixelRatio", 2);
});
afterEach(cleanup);
const buttons = () => [...document.querySelectorAll("button")];
const pressed = () => buttons().flatMap((each) => (each.getAttribute("aria-pressed") === "true" ? [each] : []));

describe("the strip", () => {
  const onGo = vi.fn();
  const strip = (
    count: number,
    at: number,
    known: (id: number) => Asset | null = (id) => assetOf({ id, name: `${id}` }),
  ) => {
    cleanup();
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    render(<Filmstrip {...{ ids, at, known, onGo }} chosen={[at + 2]} />);
    return buttons().map((each) => Number(each.getAttribute("aria-label")));
  };

  it("has a dozen on each side, and as many at the ends", () => {
    const seen = [[40, 0], [40, 12], [40, 13], [40, 39], [3, 1]].map(([count = 0, at = 0]) => strip(count, at)); // prettier-ignore
    expect(seen.map((all) => [all[0], all.at(-1), all.length])).toEqual([
      [1, 25, 25],
      [1, 25, 25],
      [2, 26, 25],
      [16, 40, 25],
      [1, 3, 3],
    ]);
  });

  it("marks the current and the compared one, and leads to another", () => {
    strip(40, 20);
    expect(pressed().map((each) => each.getAttribute("aria-label"))).toEqual(["21", "22"]);
    fireEvent.click(buttons()[0] ?? document.body);
    expect(onGo.mock.calls).toEqual([[8]]);
  });

  it.each([
    [{}, "a.png", ""],
    [{ rating: 3 }, "a.png, 3 of 5 stars", "3★"],
    [{ state: "set_aside" as const }, "a.png, Set aside", ""],
    [{ state: "approved" as const, rating: 1, label: 7 }, "a.png, Approved, 1 of 5 stars", "1★"],
  ])("says how a file was judged: %j", (part, label, words) => {
    strip(1, 0, () => assetOf({ id: 1, name: "a.png", ...part }));
    const [frame] = buttons();
    expect([frame?.getAttribute("aria-label"), frame?.textContent]).toEqual([label, words]);
    expect(document.querySelectorAll(".state-mark").length).toBe("state" in part ? 1 : 0);
    expect(document.querySelectorAll(".strip-marks").length).toBe(Object.keys(part).length > 0 ? 1 : 0);
  });

  it("keeps the places of files that are not known yet", () => {
    expect(strip(3, 0, (id) => (id === 2 ? null : assetOf({ id, name: `${id}`, has_preview: false })))).toEqual([1, 3]);
    expect([document.querySelectorAll(".skeleton").length, buttons()[0]?.dataset["mat"]]).toEqual([1, "plain"]);
  });
});

describe("zooms", () => {
  const onZoom = vi.fn();
  const zooms = (zoom: number | null, isShort = false) => {
    cleanup();
    render(<Zooms view={{ ...FIT, zoom }} isShort={isShort} onZoom={onZoom} />);
    return [
      buttons()
        .map((each) => each.textContent)
        .join(" "),
      pressed()[0]?.textContent,
    ];
  };

  it("are those of device pixels, with the one that keys or a wheel have set", () => {
    expect(zooms(null)).toEqual(["Fit 1:1 2× 4× 8×", "Fit"]);
    expect(zooms(0.5)).toEqual(["Fit 1:1 2× 4× 8×", "1:1"]);
    expect(zooms(2)).toEqual(["Fit 1:1 2× 4× 8×", "4×"]);
    expect(zooms(0.6172)).toEqual(["Fit 1:1 2× 4× 8× 1.23×", "1.23×"]);
    expect(zooms(2, true)).toEqual(["Fit 1:1 4×", "4×"]);
  });

  it("are set by a click", () => {
    zooms(null);
    for (const button of buttons()) fireEvent.click(button);
    expect(onZoom.mock.calls).toEqual([[null], [0.5], [1], [2], [4]]);
  });
});

describe("the verdict", () => {
  const on = { onMark: vi.fn(), onJudge: vi.fn(), onKeep: vi.fn() };
  const verdict = (part: Partial<Asset>, keeps: string | null = null, isCompared = false) => {
    cleanup();
    render(<Verdict asset={assetOf(part)} {...{ keeps, isCompared, ...on }} />);
    return buttons()
      .slice(-2)
      .map((each) => [each.textContent.trim(), each.disabled, each.dataset["on"]]);
  };

  it.each([
    [{}, null, false, "Approve A", "false", "false"],
    [{ state: "approved" as const }, null, true, "Keep A", "false", "true"],
    [{ state: "set_aside" as const }, "B", true, "Keep B, set the rest aside Enter", "true", undefined],
  ])("is what fits the file and the panes: %j, %s, %s", (part, keeps, isCompared, words, isAside, isApproved) => {
    expect(verdict(part, keeps, isCompared)).toEqual([
      ["Set aside S", false, isAside],
      [words, false, isApproved],
    ]);
    for (const each of buttons().slice(-2)) fireEvent.click(each);
    expect([on.onJudge.mock.calls, on.onKeep.mock.calls.length]).toEqual(
      keeps ? [[["set_aside"]], 1] : [[["set_aside"], ["approve"]], 0],
    );
  });

  it("is not possible in the trash, but stars and labels are", () => {
    expect([verdict({ state: "trash" }), verdict({ state: "trash" }, "A")].flat().map((each) => each[1])).toEqual(
      Array(4).fill(true),
    );
    fireEvent.click(screen.getByLabelText("2 of 5 stars"));
    fireEvent.click(screen.getByLabelText("Label red"));
    expect(on.onMark.mock.calls).toEqual([[{ rating: 2 }], [{ label: 6 }]]);
  });

  it("is left by the way back", () => {
    const onClick = vi.fn();
    render(<BackToLibrary onClick={onClick} />);
    fireEvent.click(screen.getByLabelText("Back to the library"));
    expect(onClick).toHaveBeenCalledOnce();
  });
});

describe("where there are no files", () => {
  const onRetry = vi.fn();
  interface Shown {
    filters?: Partial<Filters>;
    isLoading?: boolean;
    error?: Error;
    didYouMean?: string;
  }
  const message = ({ filters = {}, isLoading = false, error, didYouMean }: Shown) =>
    render(
      <LibraryMessage
        {...{ isLoading, onRetry, error: error ?? null, didYouMean: didYouMean ?? null }}
        filters={{ ...noFilters, ...filters }}
      />,
    ).container.textContent;

  it.each([
    ["", "Your library is empty. Drop files or folders anywhere.Every file, private. Look, compare, sort.Upload"],
    ["new", "No new files. Uploads appear here first."],
    ["approved", "No approved files yet. Review your new files: A approves, S sets aside."],
    ["set_aside", "No files are set aside."],
    ["trash", "The trash is empty."],
  ] as const)("in the state “%s” the page says why", (state, words) => {
    expect(message({ filters: { state } })).toBe(words);
  });

  it("they may be on their way", () => {
    expect([
      message({ isLoading: true, filters: { q: "sea" } }),
      document.querySelectorAll(".skeleton").length,
    ]).toEqual(["Loading files…", 24]);
  });

  it("filters can be cleared, and what was meant can be searched for", () => {
    const filters = { q: "hreo", state: "new" as const };
    expect(message({ filters })).toBe("No files match these filters. Clear filters");
    fireEvent.click(screen.getByText("Clear filters"));
    cleanup();
    message({ filters, didYouMean: "hero" });
    fireEvent.click(screen.getByText("Did you mean “hero”?"));
    expect([query.clearFilters.mock.calls, query.setFilters.mock.calls]).toEqual([
      [[{ ...noFilters, ...filters }]],
      [[{ ...noFilters, ...filters, q: "hero" }]],
    ]);
  });

  it("an error can be tried again, unless it is the search that is wrong", () => {
    expect(message({ error: new PMDError(503, "Away."), isLoading: true })).toBe("Away. Try again");
    fireEvent.click(screen.getByText("Try again"));
    expect(onRetry).toHaveBeenCalledOnce();
    cleanup();
    expect(message({ error: new PMDError(422, "“width” needs a number.") })).toBe(
      "“width” needs a number. Clear filters",
    );
    fireEvent.click(screen.getByText("Clear filters"));
    expect(query.clearFilters.mock.calls).toEqual([[noFilters]]);
  });
});
