// @vitest-environment happy-dom
import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";

import {
  answer,
  button,
  field,
  has,
  headersSent,
  press,
  refused,
  sent,
  show,
  textOf,
  tick,
  toasts,
  type,
} from "../../testing/service";
import type { Watermark } from "./schema";
import { WatermarkSettings } from "./WatermarkSettings";

vi.mock("../../data/config", async () => (await import("../../testing/config")).asModule);
vi.mock("../../data/assets/PicturePicker", () => ({
  PicturePicker: ({ chosen, onChoose }: { chosen: number | null; onChoose: (id: number) => void }) => (
    <button type="button" onClick={() => onChoose(9)}>{`picture ${String(chosen)}`}</button>
  ),
}));

const URL_ = "/api/pmd/watermark";
const markOf = (part: Partial<Watermark> = {}): Watermark => ({
  ...{ text: null, asset_id: null, place: "bottom_right", opacity: 60, size: 40, version: 3 },
  ...part,
});
const stands = (part: Partial<Watermark> = {}) => answer({ [`GET ${URL_}`]: markOf(part) });
const drawn = { text: null, asset_id: null, place: "bottom_right", opacity: 60, size: 40 };
const picture = () => screen.queryByRole<HTMLImageElement>("img");
beforeEach(() => {
  stands();
  answer({ [`PUT ${URL_}`]: markOf({ version: 4 }) });
});

describe("what stands there", () => {
  it.each([
    [{}, "None", false, null],
    [{ text: "© me" }, "A text", true, `${URL_}/preview?version=3`],
    [{ asset_id: 5 }, "A picture of the library", false, `${URL_}/preview?version=3`],
  ])("of %j is %s, with what belongs to it", async (part, kind, hasText, src) => {
    stands(part);
    await show(<WatermarkSettings />);
    expect(["None", "A text", "A picture of the library"].filter((each) => field(each).checked)).toEqual([kind]);
    expect([screen.queryByLabelText("Text") !== null, has(/^picture/)]).toEqual([hasText, "asset_id" in part]);
    expect([screen.queryByLabelText("Size, in per cent") !== null, picture()?.getAttribute("src") ?? null]).toEqual([
      src !== null,
      src,
    ]);
  });

  it("is not known: that is said, and asked for again", async () => {
    answer({ [`GET ${URL_}`]: refused("Not now.") });
    await show(<WatermarkSettings />);
    expect([has("Not now."), screen.queryByLabelText("None")]).toEqual([true, null]);
    stands();
    await press("Try again");
    expect([has("Not now."), field("None").checked]).toEqual([false, true]);
  });

  it("has no picture where it cannot be drawn", async () => {
    stands({ text: "me" });
    await show(<WatermarkSettings />);
    fireEvent.error(picture() ?? document.body);
    expect(picture()).toBeNull();
  });
});

describe("is saved", () => {
  it("as a text with its place, its opacity and its size", async () => {
    answer({ [`PUT ${URL_}`]: markOf({ text: "me", version: 4 }) });
    await show(<WatermarkSettings />);
    await tick("A text");
    await type("Text", "me");
    await tick("Top left");
    await type("Opacity, in per cent", "30");
    await type("Size, in per cent", "10");
    await press("Save");
    const body = { text: "me", asset_id: null, place: "top_left", opacity: 30, size: 10 };
    expect([sent(), toasts()]).toEqual([[[`PUT ${URL_}`, body]], ["success: The watermark is saved."]]);
    expect(picture()?.getAttribute("src")).toBe(`${URL_}/preview?version=4`);
  });

  it("as a picture, which has to be chosen first", async () => {
    await show(<WatermarkSettings />);
    await tick("A picture of the library");
    expect(button("Save").disabled).toBe(true);
    await press("picture null");
    await press("Save");
    expect([sent(), has("picture 9")]).toEqual([[[`PUT ${URL_}`, { ...drawn, asset_id: 9 }]], true]);
  });

  it.each([{ text: "me" }, { asset_id: 5 }])("as none where it was %j", async (part) => {
    stands(part);
    await show(<WatermarkSettings />);
    await tick("None");
    await press("Save");
    expect([sent(), toasts()]).toEqual([[[`PUT ${URL_}`, drawn]], ["success: No watermark is drawn."]]);
  });

  it("without the text of another kind, which stays in the form until then", async () => {
    stands({ text: "me" });
    await show(<WatermarkSettings />);
    await tick("A picture of the library");
    await press("picture null");
    await tick("A text");
    expect(field("Text").value).toBe("me");
    await tick("A picture of the library");
    await press("Save");
    expect(sent()).toEqual([[`PUT ${URL_}`, { ...drawn, asset_id: 9 }]]);
  });

  it("with what others have changed beside it meanwhile, as it was read", async () => {
    stands({ text: "me" });
    await show(<WatermarkSettings />);
    const now = new Response(JSON.stringify(markOf({ text: "me", size: 11 })), { headers: { ETag: '"8"' } });
    answer({ [`GET ${URL_}`]: now });
    await type("Text", "you");
    await press("Save");
    expect([sent(), headersSent("If-Match")]).toEqual([
      [[`PUT ${URL_}`, { ...drawn, text: "you", size: 11 }]],
      ['"8"'],
    ]);
  });
});

describe("that others have changed meanwhile", () => {
  const conflict = async (theirs: Partial<Watermark>) => {
    stands({ text: "me" });
    await show(<WatermarkSettings />);
    stands(theirs);
    await type("Text", "mine");
    await tick("Top");
    await press("Save");
  };

  it.each([
    [{ text: "theirs" }, "Watermark: theirs", "A text", "theirs"],
    [{ asset_id: 5 }, "Watermark: A picture of the library", "A picture of the library", null],
    [{}, "Watermark: None", "None", null],
  ])("to %j stays, is named, and can be taken", async (theirs, words, kind, text) => {
    await conflict(theirs);
    expect([sent(), toasts(), textOf(".theirs .grow")]).toEqual([[], [], words]);
    await press("Take theirs Watermark");
    expect([field(kind).checked, screen.queryByLabelText<HTMLInputElement>("Text")?.value ?? null]).toEqual([
      true,
      text,
    ]);
  });

  it("is overwritten by saving once more", async () => {
    await conflict({ text: "theirs" });
    await press("Save");
    expect(sent()).toEqual([[`PUT ${URL_}`, { ...drawn, text: "mine", place: "top" }]]);
  });

  it.each([
    [{ text: "me", place: "middle_left" as const }, "Place: Left"],
    [{ text: "me", opacity: 7 }, "Opacity: 7"],
    [{ text: "me", size: 8 }, "Size: 8"],
  ])("is named as the form does: %j", async (theirs, words) => {
    stands({ text: "me" });
    await show(<WatermarkSettings />);
    stands(theirs);
    await tick("Top");
    for (const name of ["Opacity", "Size"]) await type(`${name}, in per cent`, "20");
    await press("Save");
    expect(textOf(".theirs .grow")).toBe(words);
  });
});

it("says why it was not saved, and says it no more while it is sent again", async () => {
  answer({ [`PUT ${URL_}`]: refused("Too dark.") });
  stands({ text: "me" });
  await show(<WatermarkSettings />);
  await type("Text", "you");
  await press("Save");
  expect([textOf("form [role=alert]"), toasts(), field("Text").value]).toEqual(["Too dark.", [], "you"]);
  answer({ [`PUT ${URL_}`]: () => new Promise(() => undefined) });
  await press("Save");
  expect([textOf("form [role=alert]"), button("Saving…").disabled]).toEqual([null, true]);
});
