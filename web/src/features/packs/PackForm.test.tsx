// @vitest-environment happy-dom
import { PMDError } from "@pmd/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { held, settled } from "../../testing/settled";
import { StaleError } from "../../ui/edits";
import { PackForm } from "./PackForm";
import type { Pack } from "./schema";

const api = vi.hoisted(() => ({ changePack: vi.fn() }));
vi.mock("./api", () => api);
vi.mock("../../data/queries", () => ({
  useLicenses: () => ({
    data: {
      items: [
        { id: 5, identifier: "CC-BY-4.0" },
        { id: 6, identifier: "CC-BY-SA-4.0" },
        { id: 8, identifier: "CC-BY-NC-4.0" },
      ],
    },
  }),
}));

const PACK = {
  ...{ id: 7, name: "Dragons", theme: "fire", description: null, custom_license: null, layout: "folders" },
  ...{ license_type: "attribution", license_id: 5 },
} as unknown as Pack;
const onChanged = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  api.changePack.mockResolvedValue(undefined);
});
afterEach(cleanup);
const form = (part: Partial<Pack>) => (
  <QueryClientProvider client={new QueryClient()}>
    <PackForm pack={{ ...PACK, ...part }} onChanged={onChanged} />
  </QueryClientProvider>
);
const show = (part: Partial<Pack> = {}) => render(form(part));
const field = (name: string) => screen.getByLabelText<HTMLInputElement>(name);
const write = (name: string, value: string) => fireEvent.change(field(name), { target: { value } });
const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "Save" });
const send = async () => {
  fireEvent.submit(button().form ?? document.body);
  await settled();
};
const chosen = () => document.querySelector("label[data-on=true] strong")?.textContent;
const choose = async (name: RegExp) => {
  fireEvent.click(screen.getByRole("radio", { name }));
  await settled();
};
const OWN = /^Custom/;

it.each([
  ["Name", " Wyverns ", { name: "Dragons" }, { name: "Wyverns" }],
  ["Theme", "", { theme: "fire" }, { theme: null }],
  ["Description", " Scales. ", { description: null }, { description: "Scales." }],
])("saves what was written: %s %j", async (name, text, seen, to) => {
  show();
  expect(button().disabled).toBe(true);
  write(name, text);
  expect(button().disabled).toBe(false);
  await send();
  expect([api.changePack.mock.calls, onChanged.mock.calls.length]).toEqual([[[7, { seen, to }]], 1]);
});

it("has a name, and each text as long as it may be", () => {
  show();
  write("Name", "  ");
  expect([button().disabled, field("Name").required]).toEqual([true, true]);
  expect(["Name", "Theme", "Description"].map((name) => field(name).maxLength)).toEqual([255, 64, 5000]);
});

it.each([
  ["Folders", "flat", { layout: "folders" }, { layout: "flat" }],
  ["Licence text", "6", { license_id: 5 }, { license_id: 6 }],
])("%s is saved at once, one after the other", async (name, value, seen, to) => {
  const { promise, go } = held();
  api.changePack.mockReturnValueOnce(promise);
  show();
  write(name, value);
  await settled();
  expect(api.changePack.mock.calls).toEqual([[7, { seen, to }]]);
  expect([field("Folders").disabled, field("Licence text").disabled, onChanged.mock.calls]).toEqual([true, true, []]);
  go();
  await settled();
  expect([field("Folders").disabled, field("Licence text").disabled, onChanged.mock.calls.length]).toEqual([
    ...[false, false, 1],
  ]);
});

it("files of one folder can stand as in the library again", async () => {
  show({ layout: "flat" });
  write("Folders", "folders");
  await settled();
  expect(api.changePack.mock.lastCall?.[1]).toEqual({ seen: { layout: "flat" }, to: { layout: "folders" } });
});

it.each([
  ["attribution", 5, ["5 CC-BY-4.0", "6 CC-BY-SA-4.0"]],
  ["royalty_free", null, []],
  ["custom", null, []],
  ["personal", null, [" Plain text", "8 CC-BY-NC-4.0"]],
] as const)("for %s its text is one of those that fit, if there is a choice", (license_type, license_id, options) => {
  show({ license_type, license_id, custom_license: "Be kind." });
  const select = screen.queryByLabelText<HTMLSelectElement>("Licence text");
  const offered = [...(select?.options ?? [])].map(({ value, textContent: text }) => `${value} ${text}`);
  expect([offered, select?.value ?? null]).toEqual([options, options.length > 0 ? String(license_id ?? "") : null]);
});

it("a licence's text can be plain", async () => {
  show({ license_type: "personal", license_id: 8 });
  write("Licence text", "");
  await settled();
  expect(api.changePack.mock.lastCall?.[1]).toEqual({ seen: { license_id: 8 }, to: { license_id: null } });
});

it("a kind of licence is saved as soon as it is chosen", async () => {
  show();
  const before = chosen();
  await choose(/^Non-commercial/);
  expect(api.changePack.mock.calls).toEqual([
    [7, { seen: { license_type: "attribution" }, to: { license_type: "personal" } }],
  ]);
  expect(chosen()).toBe(before);
});

it("one's own licence is saved with its words, and not before", async () => {
  show();
  await choose(OWN);
  expect([api.changePack.mock.calls, screen.queryByLabelText("Licence text")]).toEqual([[], null]);
  write("Full licence text", " Be kind. ");
  await send();
  expect(api.changePack.mock.calls).toEqual([
    [
      7,
      {
        seen: { custom_license: null, license_type: "attribution" },
        to: { custom_license: "Be kind.", license_type: "custom" },
      },
    ],
  ]);
});

it("goes back from one's own licence without saving, and has kept its words for the next time", async () => {
  show({ custom_license: "Be kind." });
  await choose(OWN);
  expect(api.changePack.mock.calls).toEqual([
    [7, { seen: { license_type: "attribution" }, to: { license_type: "custom" } }],
  ]);
  cleanup();
  vi.resetAllMocks();
  show();
  await choose(OWN);
  await choose(/^Free with credit/);
  expect([api.changePack.mock.calls, button().disabled, chosen()]).toEqual([[], true, "Free with credit"]);
});

it("says what is refused, until it is tried again", async () => {
  api.changePack.mockRejectedValueOnce(new PMDError(409, "It is being built."));
  show();
  write("Name", "Wyverns");
  await send();
  expect([screen.queryByText("It is being built.") !== null, onChanged.mock.calls]).toEqual([true, []]);
  await send();
  expect([screen.queryByText("It is being built."), onChanged.mock.calls.length]).toEqual([null, 1]);
});

it("overwrites nothing that others have written meanwhile, until it is saved once more", async () => {
  const now = { ...PACK, name: "Lizards", theme: null, description: "Ours.", license_type: "personal" };
  const names = ["name", "theme", "description", "license_type"];
  api.changePack.mockRejectedValueOnce(new StaleError(now, names));
  show();
  write("Name", "Wyverns");
  await send();
  const said = [...document.querySelectorAll(".theirs .grow")].map(({ textContent: text }) => text);
  expect([said, onChanged.mock.calls]).toEqual([
    ["Name: Lizards", "Theme: empty", "Description: Ours.", "Licence: Non-commercial"],
    [],
  ]);
  await send();
  expect(api.changePack.mock.lastCall?.[1]).toEqual({ seen: { name: "Lizards" }, to: { name: "Wyverns" } });
  expect(onChanged).toHaveBeenCalledTimes(1);
});
