// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PMDError } from "@pmd/client";
import type { Asset } from "../../data/assets/schema";
import { assetOf } from "../../testing/assets";
import { settled } from "../../testing/settled";
import { StaleError } from "../../ui/edits";
import { EditDialog } from "./EditDialog";

const writeSeen = vi.hoisted(() => vi.fn());
vi.mock("../../data/seen", () => ({ writeSeen }));
vi.mock("../../data/queries", () => ({
  useLicenses: () => ({ data: { items: [{ id: 3, identifier: "CC0-1.0" }, { id: 4, identifier: "MIT" }] } }), // prettier-ignore
}));
vi.mock("./api", () => ({ fileOf: (id: number) => `file ${id}` }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));

const on = { onApply: vi.fn(), onClose: vi.fn() };
beforeEach(() => {
  vi.resetAllMocks();
  localStorage.clear();
  writeSeen.mockImplementation((_of, edit, write: (now: unknown, seen: unknown) => unknown) => write(edit, "seen"));
});
afterEach(cleanup);
function show(...assets: Asset[]) {
  const draw = (now: readonly Asset[]) => (
    <QueryClientProvider client={new QueryClient()}>
      <EditDialog assets={now} {...on} />
    </QueryClientProvider>
  );
  render(draw(assets));
}
const field = (label: string) => screen.getByLabelText<HTMLInputElement>(label);
const set = (label: string, value: string) => fireEvent.change(field(label), { target: { value } });
const toggle = (word: string) => fireEvent.click(screen.getByText(word, { selector: ".warning-word" }));
const pressed = () => [...document.querySelectorAll("[aria-pressed=true]")].map((each) => each.textContent.trim());
const apply = () => screen.getByText<HTMLButtonElement>(/^Apply to/);
const send = async () => {
  fireEvent.submit(document.querySelector("form") ?? document.body);
  await settled();
};
const FIELDS = ["Theme", "Made by", "Licence", "Credit", "Source", "Alt text", "Not for training AI"];
const values = () => FIELDS.map((label) => field(label).value);

const boat = (part: Partial<Asset> = {}) =>
  assetOf({
    ...{
      id: 1,
      name: "boat.png",
      theme: "sea",
      license_id: 3,
      attribution: "Me",
      source: "Harbour",
      alt_text: "A boat",
    },
    ...{ ai_opt_out: true, content_warnings: ["Blood"], hashtags: ["b", "a"] },
    ...part,
  });

describe("one file", () => {
  it("is shown as it is, and nothing is sent until something is changed", () => {
    show(boat());
    expect([field("Name").value, ...values(), pressed()]).toEqual([
      ...["boat.png", "sea", "user_provided", "3", "Me", "Harbour", "A boat", "yes"],
      ["Blood"],
    ]);
    expect([apply().textContent.trim(), apply().disabled, document.querySelector("h2")?.textContent]).toEqual([
      "Apply to 1 file",
      true,
      "Edit file",
    ]);
    expect([...document.querySelectorAll("datalist option")].map((each) => each.getAttribute("value"))).toEqual([
      "a",
      "b",
    ]);
  });

  it("sends what was changed, and closes", async () => {
    show(boat());
    set("Name", " ship.png");
    set("Theme", "");
    set("Made by", "ai_generated");
    set("Licence", "none");
    set("Add hashtags", "#sky, sea");
    set("Remove hashtags", "a");
    set("Not for training AI", "default");
    toggle("Spiders");
    toggle("Blood");
    await send();
    const changed = { name: "ship.png", theme: null, provenance: "ai_generated", license_id: null };
    expect(on.onApply.mock.calls).toEqual([
      [
        {
          set: { ...changed, content_warnings: ["Spiders"], ai_opt_out: null },
          ...{ add_hashtags: ["sky", "sea"], remove_hashtags: ["a"] },
        },
        "seen",
      ],
    ]);
    expect([writeSeen.mock.lastCall?.[0], on.onClose.mock.calls.length]).toEqual(["file 1", 1]);
  });

  it.each([
    ["Credit", "attribution"],
    ["Source", "source"],
    ["Alt text", "alt_text"],
  ])("its field “%s” is sent alone", async (label, name) => {
    show(boat());
    set(label, "New");
    await send();
    expect(on.onApply.mock.calls).toEqual([[{ set: { [name]: "New" } }, "seen"]]);
  });

  it("says why it could not be changed, and stays open", async () => {
    on.onApply.mockRejectedValue(new PMDError(422, "The name is too long."));
    show(boat());
    set("Name", "x");
    await send();
    expect([screen.getByRole("alert").textContent.trim(), on.onClose.mock.calls]).toEqual([
      "The name is too long.",
      [],
    ]);
  });

  it("that others have changed meanwhile shows theirs, which can be taken", async () => {
    const theirs = { theme: "lake", license_id: null, content_warnings: ["Nudity"], ai_opt_out: null };
    const names = ["theme", "license_id", "content_warnings", "ai_opt_out"];
    writeSeen.mockRejectedValueOnce(new StaleError(boat(theirs), names));
    show(boat());
    set("Theme", "sky");
    set("Licence", "4");
    set("Not for training AI", "no");
    toggle("Spiders");
    await send();
    const said = [...document.querySelectorAll(".theirs li .grow")].map((each) => each.textContent);
    expect([said, on.onClose.mock.calls]).toEqual([
      [
        "Theme: lake",
        "Licence: None (all rights reserved)",
        "Warnings: Nudity",
        "Not for training AI: The artist’s default",
      ],
      [],
    ]);
    for (const take of screen.getAllByText(/^Take theirs/).slice(1)) fireEvent.click(take);
    expect([field("Theme").value, field("Licence").value, field("Not for training AI").value, pressed()]).toEqual([
      "sky",
      "none",
      "default",
      ["Nudity"],
    ]);
    await send();
    expect(on.onApply.mock.calls[0]?.[0]).toMatchObject({ set: { theme: "sky" } });
    expect(on.onClose).toHaveBeenCalledOnce();
  });

  it.each([
    [{ provenance: "enhanced" as const }, "Made by: Task result"],
    [{ license_id: 4 }, "Licence: MIT"],
    [{ name: "x.png" }, "Name: x.png"],
    [{ attribution: null }, "Credit: empty"],
    [{ source: "Sea" }, "Source: Sea"],
    [{ alt_text: "A ship" }, "Alt text: A ship"],
    [{ ai_opt_out: false }, "Not for training AI: No"],
  ])("names what others have changed: %j", async (theirs, words) => {
    writeSeen.mockRejectedValueOnce(new StaleError(boat(theirs), Object.keys(theirs)));
    show(boat());
    set("Theme", "sky");
    await send();
    expect(document.querySelector(".theirs li .grow")?.textContent).toBe(words);
  });
});

describe("several files", () => {
  const other = boat({
    id: 2,
    name: "x.png",
    theme: "sky",
    provenance: "unknown",
    license_id: null,
    attribution: "You",
  });

  it("show what they have in common, and nothing where they differ", () => {
    show(boat(), { ...other, source: null, alt_text: "Two", ai_opt_out: null, content_warnings: [] });
    expect([screen.queryByLabelText("Name"), values(), pressed()]).toEqual([null, Array(7).fill(""), []]);
    const unchanged = [...document.querySelectorAll("option")].filter((each) => each.textContent === "Unchanged");
    const hints = ["Theme", "Credit", "Source", "Alt text"].map((label) => field(label).placeholder);
    expect([unchanged.length, hints]).toEqual([3, Array(4).fill("unchanged")]);
    expect(screen.queryByText("They differ now: what you choose replaces them in all of these files.")).not.toBeNull();
    expect([apply().textContent.trim(), document.querySelector("h2")?.textContent]).toEqual([
      "Apply to 2 files",
      "Edit 2 files",
    ]);
    expect(screen.queryByText("Fields you leave alone stay as they are.")).not.toBeNull();
  });

  it("keep what they have in common beside what is added", () => {
    show(boat(), boat({ id: 2 }));
    expect([values().slice(0, 3), pressed(), screen.queryByText(/^They differ now/)]).toEqual([
      ["sea", "user_provided", "3"],
      ["Blood"],
      null,
    ]);
    expect(field("Theme").placeholder).toBe("");
  });

  it("are changed by one edit, whatever they had before", async () => {
    show(boat(), other);
    set("Theme", "lake");
    set("Licence", "4");
    toggle("Nudity");
    await send();
    expect([on.onApply.mock.calls, writeSeen.mock.calls, on.onClose.mock.calls.length]).toEqual([
      [[{ set: { theme: "lake", license_id: 4, content_warnings: ["Blood", "Nudity"] } }]],
      [],
      1,
    ]);
  });
});
