// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PMDError } from "@pmd/client";
import type { Tag } from "../../data/assets/schema";
import { settled } from "../../testing/settled";
import { TagChips } from "./TagChips";
import { TagsDialog } from "./TagsDialog";
import { TagSection } from "./TagSection";

const service = vi.hoisted(() => ({ tags: [] as Tag[], colorTag: vi.fn(), renameTags: vi.fn() }));
const toast = vi.hoisted(() => ({ success: vi.fn(), error: vi.fn() }));
vi.mock("./ordering", () => ({ ...service, FOLDERS: "folders", useTags: () => service.tags }));
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));

const tagOf = (name: string, file_count: number, color: Tag["color"] = null): Tag => ({ name, file_count, color });
const on = { onShow: vi.fn(), onClose: vi.fn(), onChange: vi.fn() };
const invalidated = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  service.tags = [tagOf("sea", 2, "blue"), tagOf("sky", 1), tagOf("seal", 40)];
});
afterEach(cleanup);

function show(what: ReactElement = <TagsDialog {...on} />) {
  const client = new QueryClient();
  vi.spyOn(client, "invalidateQueries").mockImplementation(invalidated);
  const { rerender } = render(what, {
    wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
  });
  return { again: () => rerender(what) };
}
const button = (text: string | RegExp) => {
  const found = [...document.querySelectorAll("button")].find(({ textContent: words }) =>
    typeof text === "string" ? words.trim() === text : text.test(words.trim()),
  );
  if (!found) throw new Error(`There is no button ${String(text)}.`);
  return found;
};
const click = async (text: string | RegExp) => {
  fireEvent.click(button(text));
  await settled();
};
const choose = (...names: string[]) => {
  for (const name of names) fireEvent.click(screen.getByLabelText(name, { selector: "[type=checkbox]" }));
};
const rows = () => [...document.querySelectorAll(".tag-list bdi")].map((each) => each.textContent);
const write = (label: RegExp | string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
const send = async () => {
  fireEvent.submit(document.querySelector("form") ?? document.body);
  await settled();
};
const refreshed = () => invalidated.mock.calls.length;

describe("the list of tags", () => {
  it("finds those that have what is typed, with a sign or in capitals, or says that none has", () => {
    show();
    const seen = [];
    for (const text of ["", "#SEA", " ea", "boat"]) {
      write("Find a tag", text);
      seen.push(rows());
    }
    expect(seen).toEqual([["sea", "sky", "seal"], ["sea", "seal"], ["sea", "seal"], []]);
    expect(screen.queryByText("No tag has “boat”.")).not.toBeNull();
  });

  it("shows the files of one, and closes", () => {
    show();
    fireEvent.click(button("1 file with sky"));
    expect([on.onShow.mock.calls, on.onClose.mock.calls.length]).toEqual([[["sky"]], 1]);
  });

  it.each([
    ["sea", "blue", "green"],
    ["sea", "blue", null],
    ["sky", "", "red"],
  ])("gives %s, which is “%s”, the colour %s", async (name, before, after) => {
    show();
    const select = screen.getByLabelText<HTMLSelectElement>(`Colour of ${name}`);
    expect([select.value, select.options.length]).toEqual([before, 9]);
    fireEvent.change(select, { target: { value: after ?? "" } });
    await settled();
    expect([service.colorTag.mock.calls, refreshed()]).toEqual([
      [[service.tags.find((tag) => tag.name === name), after]],
      1,
    ]);
  });
});

describe("a chosen tag", () => {
  it("is renamed once the name is another", async () => {
    service.renameTags.mockResolvedValue(2);
    show();
    expect(screen.queryByText("Choose tags to rename, merge or remove them.")).not.toBeNull();
    choose("sea");
    expect(button("Rename").disabled).toBe(true);
    for (const [name, isDisabled] of [
      ["  ", true],
      ["#Sea", true],
      ["#Ocean ", false],
    ] as const) {
      write("New name", name);
      expect([name, button("Rename").disabled]).toEqual([name, isDisabled]);
    }
    await send();
    expect(service.renameTags.mock.calls).toEqual([[["sea"], "ocean", expect.any(Function)]]);
    expect([toast.success.mock.calls, refreshed()]).toEqual([[["#sea → #ocean: 2 files."]], 1]);
    expect(screen.queryByText("Choose tags to rename, merge or remove them.")).not.toBeNull();
  });

  it("becomes another one only after a question, which counts those that go", async () => {
    service.renameTags.mockResolvedValue(2);
    show();
    choose("sea");
    write("New name", "seal");
    await send();
    expect(service.renameTags).not.toHaveBeenCalled();
    expect(screen.queryByText("Merge #sea into #seal, on up to 2 files? This can’t be undone.")).not.toBeNull();
    await click("Cancel");
    await send();
    await click("Merge");
    expect(service.renameTags.mock.calls[0]?.slice(0, 2)).toEqual([["sea"], "seal"]);
  });

  it("is taken off its files only after a question", async () => {
    service.renameTags.mockResolvedValue(1);
    show();
    choose("sky");
    await click("Remove from files");
    expect(screen.queryByText("Remove #sky from up to 1 file? This can’t be undone.")).not.toBeNull();
    await click("Remove");
    expect(service.renameTags.mock.calls[0]?.slice(0, 2)).toEqual([["sky"], null]);
    expect(toast.success.mock.calls).toEqual([["#sky removed from 1 file."]]);
  });

  it("says how far it is, and can be tried again after an error", async () => {
    let tell: (done: number, left: number) => void = () => undefined;
    let end: (error: Error) => void = () => undefined;
    service.renameTags.mockImplementation((_tags, _name, onDone: typeof tell) => {
      tell = onDone;
      return new Promise((_resolve, reject) => (end = reject));
    });
    show();
    choose("seal");
    write("New name", "boat");
    await send();
    expect([button("Rename").disabled, button("Remove from files").disabled]).toEqual([true, true]);
    act(() => tell(1000, 3000));
    expect(screen.getByRole("status").textContent).toBe("1,000 of 4,000 files");
    act(() => tell(4000, 0));
    expect(screen.queryByRole("status")).toBeNull();
    act(() => tell(2000, 2000));
    end(new PMDError(409, "The tag is busy."));
    await settled();
    expect([screen.getByRole("alert").textContent.trim(), screen.queryByRole("status")]).toEqual([
      "The tag is busy.",
      null,
    ]);
    expect([button("Rename").disabled, screen.getByLabelText<HTMLInputElement>("New name").value]).toEqual([
      false,
      "boat",
    ]);
    await send();
    expect(screen.queryByRole("alert")).toBeNull();
  });
});

it("leaves what was chosen and typed while others were renamed", async () => {
  let end: (count: number) => void = () => undefined;
  service.renameTags.mockReturnValue(new Promise((resolve) => (end = resolve)));
  show();
  choose("sea");
  write("New name", "ocean");
  await send();
  choose("sky", "sea");
  write("New name", "air");
  end(2);
  await settled();
  expect(toast.success.mock.calls).toEqual([["#sea → #ocean: 2 files."]]);
  expect(screen.getByLabelText<HTMLInputElement>("New name").value).toBe("air");
});

describe("several chosen tags", () => {
  it("are merged into a name that may be one of theirs, which then stays", async () => {
    service.renameTags.mockResolvedValue(40);
    show();
    choose("seal", "sea");
    expect(screen.getByLabelText<HTMLInputElement>("Name for these 2").value).toBe("sea");
    await send();
    expect(screen.queryByText("Merge #seal into #sea, on up to 40 files? This can’t be undone.")).not.toBeNull();
    await click("Merge");
    expect(service.renameTags.mock.calls[0]?.slice(0, 2)).toEqual([["sea", "seal"], "sea"]);
    expect(toast.success.mock.calls).toEqual([["#sea, #seal → #sea: 40 files."]]);
  });

  it("are taken off together; a tag can be left out again", async () => {
    service.renameTags.mockResolvedValue(3);
    show();
    choose("seal", "sea", "sky", "seal");
    expect(button("Merge 2 tags").disabled).toBe(false);
    await click("Remove from files");
    expect(screen.queryByText("Remove #sea, #sky from up to 3 files? This can’t be undone.")).not.toBeNull();
    await click("Remove");
    expect(toast.success.mock.calls).toEqual([["2 tags removed from 3 files."]]);
  });
});

describe("tags beside the list", () => {
  const section = (value = "") => <TagSection value={value} onChange={on.onChange} />;
  const names = () => [...document.querySelectorAll("li")].map((each) => each.textContent.trim());

  it("are not there where files have none", () => {
    service.tags = [];
    show(section());
    expect(document.body.textContent).toBe("");
  });

  it("are the most frequent ones, the chosen one, and all in a dialog", async () => {
    service.tags = Array.from({ length: 10 }, (_, index) => tagOf(`t${index}`, index));
    show(section("T0"));
    expect(names()).toEqual(["t99", "t88", "t77", "t66", "t55", "t44", "t33", "t22", "t00", "All tags…10"]);
    cleanup();
    show(section("t9"));
    expect(names()).toHaveLength(9);
    await click(/^All tags/);
    fireEvent.click(button("3 files with t3"));
    expect(on.onChange.mock.calls).toEqual([[{ hashtag: "t3" }]]);
  });

  it("filter by a click, and a second click takes the filter away", () => {
    show(section("Sea"));
    expect([...document.querySelectorAll("[aria-pressed=true]")].map((each) => each.textContent)).toEqual(["sea2"]);
    fireEvent.click(button("sea2"));
    fireEvent.click(button("sky1"));
    expect(on.onChange.mock.calls).toEqual([[{ hashtag: "" }], [{ hashtag: "sky" }]]);
  });
});

it("shows a file's hashtags once each, those that have a colour with it", () => {
  show(<TagChips tags={["Sea", "sky", "Sea"]} />);
  const chips = [...document.querySelectorAll(".tag-chip")];
  expect(chips.map((each) => [each.textContent, each.querySelector<HTMLElement>(".tag-dot")?.dataset["tag"]])).toEqual([
    ["#Sea", "blue"],
    ["#sky", undefined],
  ]);
});
