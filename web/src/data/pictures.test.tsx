// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactElement } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { assetOf } from "../testing/assets";
import { settled } from "../testing/settled";
import { ArtOnMat, AssetPicture, pictureSource } from "./assets/AssetPicture";
import { isPixelArt } from "./assets/pixelArt";
import { PicturePicker } from "./assets/PicturePicker";
import { hasPicture, SmallPreview } from "./assets/SmallPreview";
import { fileUrl, previewUrl } from "./assets/urls";
import { Countdown } from "./live/Countdown";
import { ModeratorNote } from "./ModeratorNote";
import { ShareButton } from "./ShareButton";

const page = vi.hoisted(() => ({
  ...{ moderates: false, shares: true, isBroken: false, onRim: vi.fn(), noteLoaded: vi.fn(), onError: vi.fn() },
  ...{ request: vi.fn(), openShared: vi.fn() },
}));
vi.mock("./client", () => ({
  request: page.request,
  apiUrl: (path: string, query: object) => `${path}?${new URLSearchParams({ ...query }).toString()}`,
}));
vi.mock("./config", () => ({
  config: {
    subject: { handle: "pixelsmith" },
    get shares() {
      return page.shares;
    },
  },
  get moderates() {
    return page.moderates;
  },
}));
vi.mock("./broken", () => ({ useBroken: () => [page.isBroken, page.onError] }));
vi.mock("./dialogs", () => ({ openShared: page.openShared }));
vi.mock("../ui/useLazyImage", () => ({
  useLazyImage: (src: string) => ({ src, onLoad: () => void page.noteLoaded(src) }),
}));
vi.mock("../ui/useMat", () => ({ useMat: () => ["light", page.onRim], rimOfImage: () => "rim" }));

beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(page, { moderates: false, shares: true, isBroken: false });
  vi.stubGlobal("devicePixelRatio", 1);
});
afterEach(cleanup);
const show = (what: ReactElement) => {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(<QueryClientProvider client={client}>{what}</QueryClientProvider>);
};
const image = () => document.querySelector("img");

describe("the addresses of a file", () => {
  it.each([
    [{}, false, "/api/pmd/assets/7/file?"],
    [{}, true, "/api/pmd/assets/7/file?download=1"],
  ])("are its bytes, to look at or to keep: %j %s", (_, isDownload, url) => {
    expect(fileUrl({ id: 7 }, isDownload)).toBe(url);
    expect(previewUrl({ id: 7 }, 64)).toBe("/api/pmd/assets/7/preview?size=64");
  });

  it.each([
    [1, 256, 256],
    [1, 257, 512],
    [2, 128, 256],
    [2, 129, 512],
    [2, 256, 512],
    [2, 257, 1024],
    [3, 170, 512],
    [0, 256, 256],
  ])("are a preview for screens of %d: at %i pixels the one of %i", (density, size, wanted) => {
    vi.stubGlobal("devicePixelRatio", density);
    expect(pictureSource({ id: 7 }, size)).toBe(previewUrl({ id: 7 }, wanted));
  });

  it.each([
    [512, 1, true],
    [1, 513, false],
    [null, 4, false],
    [4, null, false],
  ])("are those of pixel art up to 512: %s × %s", (width, height, isArt) => {
    expect(isPixelArt(width, height)).toBe(isArt);
  });
});

describe("a picture", () => {
  it.each([
    [{ width: 16, height: 8 }, "width: 160px; height: 80px;", "true"],
    [{ width: 200, height: 8 }, "max-width: min(100%, 160px); max-height: 160px;", "false"],
    [{ width: 600, height: 8 }, "max-width: min(100%, 160px); max-height: 160px;", "false"],
    [{ width: null, height: 8 }, "max-width: min(100%, 160px); max-height: 160px;", "false"],
  ])("of pixels is enlarged by whole steps, others fit: %j", (part, css, isPixelated) => {
    const onRim = vi.fn();
    show(<AssetPicture asset={assetOf({ id: 7, ...part })} size={160} onRim={onRim} />);
    expect([image()?.style.cssText, image()?.dataset["pixelated"], image()?.getAttribute("src")]).toEqual([
      css,
      isPixelated,
      previewUrl({ id: 7 }, 256),
    ]);
    fireEvent.load(image() ?? document.body);
    fireEvent.error(image() ?? document.body);
    expect([onRim.mock.calls, page.noteLoaded.mock.calls.length, page.onError.mock.calls.length]).toEqual([
      [["rim"]],
      1,
      1,
    ]);
  });

  it("stands on its background, and a sign on a plain one", () => {
    show(<ArtOnMat asset={assetOf({})} size={48} look="art" />);
    fireEvent.load(image() ?? document.body);
    const mat = () => document.querySelector<HTMLElement>(".art")?.dataset["mat"];
    expect([mat(), page.onRim.mock.calls]).toEqual(["light", [["rim"]]]);
    cleanup();
    show(<ArtOnMat asset={assetOf({ has_preview: false })} size={48} look="art" />);
    expect([mat(), image(), document.querySelector("svg") !== null]).toEqual(["plain", null, true]);
  });

  it.each([
    [{}, true],
    [{ type: "audio" as const }, false],
    [{ has_preview: false }, false],
  ])("is there, or a sign in its place: %j", (part, isThere) => {
    expect(hasPicture(assetOf(part))).toBe(isThere);
    for (const what of [AssetPicture, SmallPreview]) {
      const Picture = what;
      show(<Picture asset={assetOf(part)} size={8} />);
      expect([image() !== null, document.querySelector("svg") !== null]).toEqual([isThere, !isThere]);
      cleanup();
    }
    page.isBroken = true;
    for (const what of [AssetPicture, SmallPreview]) {
      const Picture = what;
      show(<Picture asset={assetOf(part)} size={8} />);
      expect(image()).toBeNull();
      cleanup();
    }
  });

  it("of a small size is fetched at 64 pixels, and its sign says what a companion is", () => {
    show(<SmallPreview asset={assetOf({ id: 7 })} />);
    expect(image()?.getAttribute("src")).toBe(previewUrl({ id: 7 }, 64));
    fireEvent.error(image() ?? document.body);
    expect(page.onError).toHaveBeenCalledOnce();
    cleanup();
    const signs = (["image", "audio", "video", "other"] as const).map((type) => {
      cleanup();
      show(<SmallPreview asset={assetOf({ type, file_format: "txt", has_preview: false })} />);
      return [document.querySelector("svg")?.classList[1], document.querySelector(".small-preview")?.textContent];
    });
    expect(signs).toEqual([
      ["lucide-image-off", ""],
      ["lucide-audio-lines", ""],
      ["lucide-film", ""],
      ["lucide-file", ".txt"],
    ]);
  });
});

describe("choosing a picture", () => {
  const onChoose = vi.fn();
  const choose = async (chosen: number | null = null) => {
    show(<PicturePicker label="Cover" chosen={chosen} onChoose={onChoose} />);
    await settled();
  };
  const asked = () => page.request.mock.calls.map(([, method, path, { query }]) => [method, path, query] as unknown);

  it("begins with the newest, and one of them is chosen", async () => {
    page.request.mockResolvedValue({ items: [1, 2].map((id) => assetOf({ id, name: `${id}.png` })) });
    await choose(2);
    expect([asked(), screen.getAllByRole<HTMLInputElement>("radio").map(({ checked }) => checked)]).toEqual([
      [["GET", "/api/pmd/assets", { type: "image", limit: "24" }]],
      [false, true],
    ]);
    fireEvent.click(screen.getByLabelText("1.png"));
    expect([onChoose.mock.calls, screen.queryByText("No pictures are found.")]).toEqual([[[1]], null]);
  });

  it("searches, keeps what is shown until there is more, and says that nothing is found", async () => {
    page.request.mockResolvedValueOnce({ items: [assetOf({ id: 1 })] });
    await choose();
    let answer: (found: object) => void = () => undefined;
    page.request.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    fireEvent.change(screen.getByPlaceholderText("Search the library"), { target: { value: " sea " } });
    await settled();
    expect([asked()[1], screen.getAllByRole("radio").length]).toEqual([
      ["GET", "/api/pmd/assets", { type: "image", limit: "24", q: "sea" }],
      1,
    ]);
    answer({ items: [] });
    await settled();
    expect([screen.queryByText("No pictures are found.") !== null, screen.queryAllByRole("radio")]).toEqual([true, []]);
  });

  it("says why there are none", async () => {
    page.request.mockRejectedValue(new Error("Away."));
    await choose();
    expect(screen.getByRole("alert").textContent.trim()).toBe("Away.");
  });
});

describe("sharing", () => {
  it.each([
    [true, false, 1],
    [false, false, 0],
    [true, true, 0],
  ])("is for owners where the site allows it: %s, moderates %s", (shares, moderates, count) => {
    Object.assign(page, { shares, moderates });
    show(<ShareButton of="packs/3" name="Sea" />);
    const buttons = screen.queryAllByText("Share");
    for (const each of buttons) fireEvent.click(each);
    expect([buttons.length, page.openShared.mock.calls]).toEqual([
      count,
      Array(count).fill([{ about: "share", of: "packs/3", name: "Sea" }]),
    ]);
  });

  it("may be an icon", () => {
    show(<ShareButton of="packs/3" name="Sea" isIcon />);
    fireEvent.click(screen.getByLabelText("Share Sea"));
    expect(page.openShared).toHaveBeenCalledOnce();
  });
});

it.each([
  [true, "These are the posts of @pixelsmith, not yours."],
  [false, ""],
])("tells a moderator whose posts these are: %s", (moderates, words) => {
  page.moderates = moderates;
  expect(show(<ModeratorNote />).container.textContent).toBe(words);
});

it("counts down each second, and is announced once", () => {
  vi.useFakeTimers({ now: 10_000 });
  const { unmount } = render(<Countdown what="Retrying" at={12_500} />);
  const words = () => [...document.querySelectorAll("span")].map((each) => each.textContent);
  const seen = [words()[0]];
  for (let second = 0; second < 4; second += 1) {
    act(() => void vi.advanceTimersByTime(1000));
    seen.push(words()[0]);
  }
  expect([seen, words()[1]]).toEqual([
    ["Retrying in 3 s.", "Retrying in 2 s.", "Retrying in 1 s.", "Retrying now.", "Retrying now."],
    "Retrying automatically.",
  ]);
  unmount();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
