// @vitest-environment happy-dom
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { closeShared, openShared, type SharedDialog } from "../data/dialogs";
import { configure } from "../testing/config";
import { settled } from "../testing/settled";
import { Background } from "./Background";
import PostsPage from "./PostsPage";
import { SharedDialogs } from "./SharedDialogs";

vi.mock("../data/config", async () => (await import("../testing/config")).asModule);
const page = vi.hoisted(() => ({ isIdle: false, isFirst: null as boolean | null, bdr: "", state: "active" }));
const followLanguage = vi.hoisted(() => vi.fn());
vi.mock("../platform/idle", () => ({ useIdle: () => page.isIdle }));
vi.mock("./accountLanguage", () => ({ followLanguage }));
vi.mock("../features/downloads/DownloadWatcher", () => ({ DownloadWatcher: () => <i>downloads</i> }));
vi.mock("../features/posts/BulkWatcher", () => ({ BulkWatcher: () => <i>changes</i> }));
vi.mock("../features/posts/PostWatcher", () => ({ PostWatcher: () => <i>posts</i> }));
vi.mock("../features/tasks/TaskWatcher", () => ({ TaskWatcher: () => <i>tasks</i> }));
vi.mock("../features/uploads/Background", () => ({ default: () => <i>uploads</i> }));

vi.mock("../data/firstDay", () => ({ useFirstDay: () => page.isFirst }));
vi.mock("../data/useDownloads", () => ({ useDownloads: () => ({ allowance: 4 }) }));
vi.mock("../ui/tray", () => ({ useTray: () => true, openTray: vi.fn() }));
vi.mock("../platform/address", () => ({ useParameters: () => ({ bdr: page.bdr, state: page.state }) }));
vi.mock("./firstday/FirstDay", () => ({ default: () => <i>first day</i> }));
vi.mock("../features/posts/BulkChanges", () => ({ default: () => <i>bulk</i> }));
vi.mock("../features/posts/PostsPanel", () => ({
  PostsPanel: ({ wanted, allowance }: { wanted: readonly number[] | null; allowance: number }) => (
    <i>{`posts ${JSON.stringify(wanted)} of ${allowance}`}</i>
  ),
}));
interface PanelProps {
  highlighted: string | null;
  onSelect: (ids: readonly number[]) => void;
  children: React.ReactNode;
}
vi.mock("../features/downloads/DownloadRequestsPanel", () => ({
  DownloadRequestsPanel: ({ highlighted, onSelect, children }: PanelProps) => (
    <>
      <button onClick={() => onSelect([7, 8])}>{`tray ${String(highlighted)}`}</button>
      {children}
    </>
  ),
}));
interface DialogProps {
  onClose: () => void;
  assetIds?: readonly number[];
  file?: File;
  of?: string;
}
const drawn = vi.hoisted(() => (name: string) => ({
  default: ({ onClose, assetIds, file, of }: DialogProps) => (
    <button onClick={onClose}>{`${name} ${assetIds?.join() ?? file?.name ?? of ?? ""}`.trim()}</button>
  ),
}));
vi.mock("../features/tasks/TaskDialog", () => drawn("task"));
vi.mock("../features/packs/AddToPackDialog", () => drawn("pack"));
vi.mock("../features/packs/PackPostsDialog", () => drawn("pack posts"));
vi.mock("../features/uploads/ArchiveDialog", () => drawn("archive"));
vi.mock("../features/sharing/ShareDialog", () => drawn("share"));

beforeEach(() => {
  vi.resetAllMocks();
  configure();
  Object.assign(page, { isIdle: false, isFirst: null, bdr: "", state: "active" });
});
afterEach(() => {
  cleanup();
  act(() => closeShared());
});
async function show(element: React.ReactNode) {
  render(element);
  await settled();
}
const running = () => [...document.querySelectorAll("i")].map((each) => each.textContent);

describe("in the background", () => {
  it.each([
    [false, false, ["downloads", "posts"], 0],
    [true, false, ["downloads", "posts", "changes", "uploads", "tasks"], 1],
    [true, true, ["downloads", "posts", "changes", "uploads"], 1],
  ])("runs, once idle (%s), for a moderator (%s): %j", async (isIdle, moderates, names, times) => {
    page.isIdle = isIdle;
    configure({ moderates });
    await show(<Background />);
    await vi.waitFor(() => expect(running()).toEqual(names));
    expect(followLanguage).toHaveBeenCalledTimes(times);
  });
});

describe("the page of posts", () => {
  it.each([
    [true, "active", "first day"],
    [true, "deleted", "posts null of 4"],
    [false, "active", "posts null of 4"],
    [null, "active", "posts null of 4"],
  ])("on the first day (%s), of those that are %s, is: %s", async (isFirst, state, words) => {
    Object.assign(page, { isFirst, state });
    await show(<PostsPage />);
    await vi.waitFor(() => expect(running()).toEqual([words]));
  });

  it("selects the posts of a download, and points at one that a link names", async () => {
    page.bdr = "d1";
    await show(<PostsPage />);
    act(() => screen.getByText("tray d1").click());
    expect(running()).toEqual(["posts [7,8] of 4"]);
  });

  it("points at none otherwise, and shows changes of many once idle", async () => {
    page.isIdle = true;
    await show(<PostsPage />);
    await vi.waitFor(() => expect(running()).toEqual(["posts null of 4", "bulk"]));
    expect(screen.queryByText("tray null")).not.toBeNull();
  });
});

it.each([
  [{ about: "task", assets: [] }, "task"],
  [{ about: "pack", assetIds: [1, 2], bytes: 3 }, "pack 1,2"],
  [{ about: "packPosts", find: vi.fn() }, "pack posts"],
  [{ about: "archive", file: new File([], "a.zip") }, "archive a.zip"],
  [{ about: "share", of: "packs/3", name: "Sea" }, "share packs/3"],
] as [SharedDialog, string][])("draws the dialog that a feature opens, and closes it: %j", async (dialog, words) => {
  await show(<SharedDialogs />);
  expect(screen.queryByRole("button")).toBeNull();
  act(() => openShared(dialog));
  await vi.waitFor(() => expect(screen.queryByText(words)).not.toBeNull());
  act(() => screen.getByText(words).click());
  expect(screen.queryByText(words)).toBeNull();
});
