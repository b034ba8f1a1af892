// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Hide, Post } from "../../data/schema";
import { aPost } from "../../testing/posts";
import { cellOf, DaysLeft, Mark, nameOf } from "./cells";
import { columns } from "./columns";
import { PostRow } from "./PostRow";
import { PrintedPosts } from "./PrintedPosts";
import { saveCsv } from "./saveCsv";
import { Totals } from "./Totals";

const who = vi.hoisted(() => ({ moderates: false }));
const success = vi.hoisted(() => vi.fn());
vi.mock("../../data/config", () => ({
  config: { subject: { handle: "pixelsmith" } },
  get moderates() {
    return who.moderates;
  },
}));
vi.mock("../../platform/clock", () => ({ serverNow: () => Date.parse("2026-01-10T00:00:00Z") }));
vi.mock("../../platform/textSize", () => ({ scaled: (size: number) => size, textScale: 1 }));
vi.mock("../../ui/Popover", () => ({
  Popover: ({ name, label, children }: { name: string; label: ReactNode; children: ReactNode }) => (
    <section aria-label={name}>
      <b>{label}</b>
      {children}
    </section>
  ),
}));
vi.mock("../../ui/toast", () => ({ toast: { success } }));
vi.mock("./PostPicture", () => ({ PostPicture: ({ box }: { box: number }) => <i data-testid="picture">{box}</i> }));
vi.mock("./EditableCell", () => ({ EditableCell: ({ field }: { field: string }) => <input aria-label={field} /> }));

beforeEach(() => {
  vi.resetAllMocks();
  who.moderates = false;
});
afterEach(cleanup);
const HIDE = {
  ...{ post_id: 1, reason: "Not yours.", moderator_handle: "nightwatch", created_at: "2026-01-02T00:00:00Z" },
  answer: null,
} as Hide;
function cell(id: string, part: Partial<Post> = {}, hide?: Hide) {
  cleanup();
  return render(<p>{cellOf(id, aPost(1, part), hide)}</p>).container.textContent;
}

it.each([
  ["tags", { hashtags: ["sea", "sky"] }, "sea, sky"],
  ["tags", {}, ""],
  ["date", {}, "2026-01-01"],
  ["reactions", { reaction_count: 1200 }, "1,200"],
  ["comments", { comment_count: 3 }, "3"],
  ["views", { view_count: 4 }, "4"],
  ["license", {}, ""],
  ["license", { license_identifier: "CC0-1.0" }, "CC0"],
  ["picture", {}, "8×8 PNG1.0 kB"],
  ["picture", { frame_count: 12 }, "8×8 12 f1.0 kB"],
  ["picture", { frame_count: null, width: null }, "PNG1.0 kB"],
  ["picture", { height: null, file_format: null, file_bytes: null }, ""],
  ["menu", {}, "⋯"],
  ["select", {}, ""],
] as const)("%s of %j", (id, part, words) => {
  expect(cell(id, part as Partial<Post>)).toBe(words);
});

it("has a button for more, and tags to filter by", () => {
  cell("menu", { title: null });
  expect(screen.getByRole("button").getAttribute("aria-label")).toBe("More for Untitled");
  cell("tags", { hashtags: ["sea", "sky"] });
  expect([...document.querySelectorAll<HTMLElement>("bdi")].map(({ dataset }) => dataset["tag"])).toEqual([
    "sea",
    "sky",
  ]);
  cell("license", { license_identifier: "CC-BY-4.0" });
  expect(screen.queryByTitle("CC-BY-4.0")).not.toBeNull();
});

it.each([
  [799, 521, "52"],
  [800, 521, "36"],
  [799, 520, "36"],
])("a picture on a page of %i by %i is %s", (width, height, box) => {
  vi.stubGlobal("innerWidth", width);
  vi.stubGlobal("innerHeight", height);
  expect(cell("thumbnail")).toBe(box);
  vi.unstubAllGlobals();
});

describe("a title", () => {
  it.each([
    [{}, undefined, "Artwork 1No description"],
    [{ title: null, description: "Blue." }, undefined, "UntitledBlue."],
    [{ hidden_by_user: true, description: "Blue." }, undefined, "Artwork 1hidden by youBlue."],
    [{ hidden_by_mod: true }, undefined, "Artwork 1hidden by a moderatorHidden by a moderator, without a reason."],
    [
      { hidden_by_mod: true },
      HIDE,
      "Artwork 1hidden by a moderatorModerator: “Not yours.” @nightwatch, 2026-01-02Answer",
    ],
    [
      { hidden_by_mod: true, hidden_by_user: true },
      { ...HIDE, moderator_handle: null, answer: "They are." },
      "Artwork 1hidden by a moderator and youModerator: “Not yours.” 2026-01-02You: “They are.”",
    ],
    [
      { hidden_by_mod: true, deleted_at: "2026-01-02T00:00:00Z", description: "Blue." },
      HIDE,
      "Artwork 1deleted on 2026-01-02Blue.",
    ],
  ])("says %j", (part, hide, words) => {
    expect(cell("title", part, hide)).toBe(words);
  });

  it("is told to a moderator from their side", () => {
    who.moderates = true;
    expect(cell("title", { hidden_by_mod: true }, HIDE)).toBe(
      "Artwork 1hidden by a moderatorModerator: “Not yours.” @nightwatch, 2026-01-02",
    );
    expect(cell("title", { hidden_by_mod: true }, { ...HIDE, answer: "They are." })).toContain("Answer: “They are.”");
    expect(cell("title", { hidden_by_user: true })).toContain("hidden by its artist");
  });

  it("names its fields, by which they are edited", () => {
    cell("title", { description: "Blue." });
    const fields = [...document.querySelectorAll<HTMLElement>("[data-field]")];
    expect(fields.map(({ dataset, title }) => [dataset["field"], title])).toEqual([
      ["title", "Artwork 1"],
      ["description", "Blue."],
    ]);
    expect([nameOf(aPost(1, { title: "‮Sea" })), nameOf(aPost(1, { title: "" }))]).toEqual(["Sea", "Untitled"]);
    cell("title");
    expect(document.querySelector<HTMLElement>(".faint")?.dataset["field"]).toBe("description");
  });

  it("of a visible post has no mark", () => {
    const { container } = render(<Mark post={aPost(1)} />);
    expect(container.textContent).toBe("");
  });

  it.each([
    ["2026-01-10T12:00:00Z", "last day", true],
    ["2026-01-09T00:00:00Z", "last day", true],
    ["2026-01-11T00:00:00Z", "1 day left", true],
    ["2026-01-12T23:00:00Z", "2 days left", true],
    ["2026-01-13T00:00:00Z", "3 days left", false],
  ])("that is gone at %s says %s", (gone_at, words, isBad) => {
    const { container } = render(<DaysLeft post={aPost(1, { deleted_at: "2026-01-01T00:00:00Z", gone_at })} />);
    expect([container.textContent, container.querySelector(".bad") !== null]).toEqual([words, isBad]);
    cleanup();
    expect(render(<DaysLeft post={aPost(1)} />).container.textContent).toBe("");
  });
});

describe("a row", () => {
  const some = columns.filter(({ id }) => ["select", "title", "views"].includes(id));
  const row = (part: object = {}) => {
    cleanup();
    const props = { post: aPost(7), hide: undefined, index: 4, top: 88, columns: some, isSelected: false };
    render(
      <PostRow {...{ ...props, isActive: false, editing: null, pending: undefined, onEdited: vi.fn(), ...part }} />,
    );
    return screen.getByRole("row");
  };

  it.each([
    [{}, "row", "false", "false"],
    [{ isActive: true, isSelected: true }, "row active", "true", "false"],
    [{ pending: { kind: "hide" } }, "row pending pending-hide", "false", "true"],
    [{ pending: { kind: "hide" }, isActive: true }, "row pending pending-hide active", "false", "true"],
  ])("is told apart: %j", (part, look, selected, busy) => {
    const { className, id, dataset, style } = row(part);
    expect([className, id, dataset["id"], style.transform]).toEqual([look, "post-7", "7", "translateY(88px)"]);
    const told = ["aria-selected", "aria-busy", "aria-rowindex"].map((name) =>
      screen.getByRole("row").getAttribute(name),
    );
    expect(told).toEqual([selected, busy, "6"]);
  });

  it("has its cells, of which the title can be edited", () => {
    row();
    const cells = screen.getAllByRole("gridcell");
    expect(cells.map(({ dataset, className }) => [dataset["cell"], dataset["handle"], className])).toEqual([
      ["select", "", "cell cell-select"],
      ["title", undefined, "cell cell-title"],
      ["views", undefined, "cell cell-views numeric"],
    ]);
    expect(screen.queryByRole("textbox")).toBeNull();
    row({ editing: "description" });
    expect([screen.getAllByRole("textbox").length, screen.queryByLabelText("description") !== null]).toEqual([1, true]);
  });
});

it("the selection adds up", () => {
  const posts = [
    aPost(1, {
      file_bytes: 1000,
      frame_count: 3,
      view_count: 1000,
      reaction_count: 1,
      comment_count: 2,
      hidden_by_mod: true,
    }),
    aPost(2, { file_bytes: null, frame_count: null, view_count: 200, hidden_by_user: true }),
    aPost(3, { file_bytes: 500, frame_count: 1, reaction_count: 4, comment_count: 1 }),
  ];
  render(<Totals posts={posts} bytes={1500} />);
  const facts = [...document.querySelectorAll("dd")].map(({ textContent: text }) => text);
  expect(facts).toEqual(["1.5 kB", "4", "1,200", "5", "3", "2"]);
  expect(screen.getByRole("region", { name: "Totals of the selection: 1.5 kB" }).firstChild?.textContent).toBe(
    "1.5 kB",
  );
});

describe("on paper", () => {
  const print = (posts: readonly Post[], isTrash = false) => {
    render(<PrintedPosts {...{ posts, isTrash }} />);
    act(() => void window.dispatchEvent(new Event("beforeprint")));
  };

  it.each([
    [1, false, "1 post of @pixelsmith"],
    [2, false, "2 posts of @pixelsmith"],
    [1, true, "1 deleted post of @pixelsmith"],
    [2, true, "2 deleted posts of @pixelsmith"],
  ])("stand %i posts, deleted %s, while it is printed", (count, isTrash, words) => {
    const part = { license_identifier: "CC0-1.0", reaction_count: 5, view_count: 6 };
    print(
      Array.from({ length: count }, (_, index) =>
        aPost(index + 1, index === 0 ? part : { file_bytes: null, file_format: null }),
      ),
      isTrash,
    );
    expect(screen.getByRole("heading").textContent).toBe(words);
    const rows = [...document.querySelectorAll("tbody tr")].map((each) =>
      [...each.children].map(({ textContent: text }) => text).join("|"),
    );
    expect(rows).toEqual(
      ["32|Artwork 1|2026-01-01|PNG|1.0 kB|5|6|CC0-1.0", "32|Artwork 2|2026-01-01|||0|0|"].slice(0, count),
    );
    act(() => void window.dispatchEvent(new Event("afterprint")));
    expect(screen.queryByRole("table")).toBeNull();
  });

  it("stand no more than a browser prints", () => {
    print(Array.from({ length: 2001 }, () => aPost(1)).map((post, id) => ({ ...post, id })));
    expect(document.querySelector("h2")?.textContent).toBe("2,001 posts of @pixelsmith, the first 2,000");
    expect(document.querySelectorAll("tbody tr")).toHaveLength(2000);
  });
});

it("a table of posts is saved as a file, and said so", async () => {
  const saved: Blob[] = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => `blob:${String(saved.push(blob as Blob))}`);
  const links: string[][] = [];
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    links.push([this.download, this.getAttribute("href") ?? ""]);
  });
  saveCsv([aPost(1)]);
  const [file] = saved;
  expect([links, file?.type, success.mock.calls]).toEqual([
    ...[[["posts-pixelsmith.csv", "blob:1"]], "text/csv;charset=utf-8", [["Exported 1 post as CSV."]]],
  ]);
  const bytes = new Uint8Array((await file?.arrayBuffer()) ?? new ArrayBuffer(0));
  expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  vi.restoreAllMocks();
});
