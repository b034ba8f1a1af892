// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { settled } from "../../testing/settled";
import { uploadOf } from "../../testing/uploads";
import type { Choice } from "./chosen";
import type { Upload } from "./schema";

type Change = (upload: Upload, before: Upload | undefined) => void;
interface Live {
  uploads: Upload[] | null;
  onChange?: Change;
  onSession?: () => void;
}
const live = vi.hoisted((): Live => ({ uploads: null }));
const is = vi.hoisted(() => ({ moderating: false, forImport: false, over: false, page: "posts", awaited: "" }));
const drop = vi.hoisted((): { label: string; take: (transfer: object) => void } => ({
  label: "",
  take: () => undefined,
}));
const sender = vi.hoisted(() => ({ drop: vi.fn(), retryNow: vi.fn(), losesByReload: false }));
const does = vi.hoisted(() => ({
  ...{ goOn: vi.fn(), offer: vi.fn(), dismissOffer: vi.fn(), openShared: vi.fn(), go: vi.fn(), readArrived: vi.fn() },
  ...{ useBadge: vi.fn(), fromTransfer: vi.fn(), unsubscribe: vi.fn() },
}));
const offered = vi.hoisted((): { choice: Choice | null } => ({ choice: null }));
const toast = vi.hoisted(() => ({ success: vi.fn(), info: vi.fn(), error: vi.fn() }));
vi.mock("../../data/config", () => ({ get moderates() { return is.moderating; } })); // prettier-ignore
vi.mock("../../data/dialogs", () => ({ openShared: does.openShared }));
vi.mock("../../data/imports/imports", () => ({
  isArchive: (path: string) => path.endsWith(".zip"),
  useBringsArchives: () => is.forImport,
}));
vi.mock("../../data/session", () => ({
  isSessionOver: () => is.over,
  onSessionChange: (then: () => void) => {
    live.onSession = then;
    return does.unsubscribe;
  },
}));
vi.mock("../../platform/address", () => ({ currentPage: () => is.page, go: does.go }));
vi.mock("../../ui/badges", () => ({ useBadge: does.useBadge }));
vi.mock("../../ui/drop", () => ({ useGlobalDrop: (label: string, take: () => void) => Object.assign(drop, { label, take }) })); // prettier-ignore
vi.mock("../../ui/toast", () => ({ toast }));
vi.mock("./api", () => ({
  useUploads: (onChange: Change) => {
    live.onChange = onChange;
    return { uploads: live.uploads };
  },
}));
vi.mock("./archives", () => ({ isAwaited: (id: string) => id === is.awaited, readArrived: does.readArrived }));
vi.mock("./chosen", () => ({ fromTransfer: does.fromTransfer }));
vi.mock("./IntakeDialog", () => ({ IntakeDialog: ({ onClose }: { onClose: () => void }) => <button onClick={onClose}>Intake</button> })); // prettier-ignore
vi.mock("./offered", () => ({ offer: does.offer, useOffered: () => offered.choice, dismissOffer: does.dismissOffer }));
vi.mock("./sender", () => ({ goOn: does.goOn, sender }));

beforeEach(() => {
  vi.resetAllMocks();
  Object.assign(live, { uploads: null, onChange: undefined });
  Object.assign(is, { moderating: false, forImport: false, over: false, page: "posts", awaited: "" });
  sender.losesByReload = false;
  offered.choice = null;
  does.goOn.mockResolvedValue(undefined);
});
afterEach(cleanup);

/** The page anew: what it has begun once is begun again. */
async function show() {
  vi.resetModules();
  const { default: Background } = await import("./Background");
  const shown = render(<Background />);
  await settled();
  return { ...shown, again: () => shown.rerender(<Background />) };
}
const choiceOf = (...paths: string[]): Choice => ({ files: paths.map((path) => ({ path, file: new File([], path) })), leftOut: [] }); // prettier-ignore
async function dropped(choice: Choice) {
  does.fromTransfer.mockResolvedValue(choice);
  drop.take({});
  await settled();
}

it("offers to upload what is dropped on any page", async () => {
  await show();
  expect(drop.label).toBe("Drop files and folders to upload them");
  const choice = choiceOf("a.zip");
  await dropped(choice);
  expect([does.offer.mock.calls, does.openShared.mock.calls]).toEqual([[[choice]], []]);
});

it.each([
  ["one archive", choiceOf("a.zip"), true],
  ["one other file", choiceOf("a.png"), false],
  ["an archive among others", choiceOf("a.zip", "b.zip"), false],
  ["nothing", choiceOf(), false],
])("brings back %s where archives are asked for, and uploads the rest", async (_what, choice, isRead) => {
  is.forImport = true;
  await show();
  expect(drop.label).toBe("Drop an archive to bring it back");
  await dropped(choice);
  const [first] = choice.files;
  expect([does.openShared.mock.calls, does.offer.mock.calls]).toEqual([
    ...(isRead ? [[[{ about: "archive", file: first?.file }]], []] : [[], [[choice]]]),
  ]);
});

it.each([
  [["a"], "This browser cannot read “a”. It is left out."],
  [["a", "b"], "This browser cannot read “a” and other files. They are left out."],
])("says what the browser cannot read: %j", async (paths, words) => {
  await show();
  await dropped(choiceOf());
  const [, tell] = does.fromTransfer.mock.lastCall as [object, (paths: readonly string[]) => void];
  tell(paths);
  expect(toast.error.mock.calls).toEqual([[words]]);
});

it("asks about what is offered, until it is dismissed", async () => {
  const { again } = await show();
  expect(screen.queryByText("Intake")).toBeNull();
  offered.choice = choiceOf("a");
  again();
  fireEvent.click(screen.getByText("Intake"));
  expect(does.dismissOffer.mock.calls).toEqual([[offered.choice]]);
});

it("goes on with nobody else's uploads", async () => {
  is.moderating = true;
  await show();
  expect([does.goOn.mock.calls, does.useBadge.mock.calls, drop.label !== ""]).toEqual([[], [], true]);
});

const open = (id: string) => uploadOf({ id, status: "processing" });
it.each([
  [null, 0, "0 uploads in progress"],
  [[open("a"), uploadOf({ id: "b" })], 1, "1 upload in progress"],
  [[open("a"), open("b")], 2, "2 uploads in progress"],
])("counts what is in progress, and has archives read that arrived", async (uploads, count, label) => {
  live.uploads = uploads;
  await show();
  expect([does.useBadge.mock.lastCall, does.readArrived.mock.calls]).toEqual([
    ...[["uploads", count, label], uploads ? [[uploads]] : []],
  ]);
});

it("goes on once when it is opened, and again only where that failed", async () => {
  does.goOn.mockRejectedValueOnce(new Error("Away."));
  const { again } = await show();
  again();
  expect([does.goOn.mock.calls.length, sender.retryNow.mock.calls.length]).toEqual([1, 0]);
  act(() => void window.dispatchEvent(new Event("online")));
  await settled();
  act(() => live.onSession?.());
  expect([does.goOn.mock.calls.length, sender.retryNow.mock.calls.length]).toEqual([2, 2]);
});

it("goes on once somebody is signed in, and listens no more when it has gone", async () => {
  is.over = true;
  const { unmount } = await show();
  expect(does.goOn).not.toHaveBeenCalled();
  is.over = false;
  act(() => live.onSession?.());
  expect(does.goOn).toHaveBeenCalledTimes(1);
  expect(does.unsubscribe).not.toHaveBeenCalled();
  unmount();
  window.dispatchEvent(new Event("online"));
  expect([does.unsubscribe.mock.calls.length, sender.retryNow.mock.calls.length]).toEqual([1, 1]);
});

it.each([false, true])("warns before files would have to be chosen again: %s", async (isLost) => {
  sender.losesByReload = isLost;
  await show();
  const event = new Event("beforeunload", { cancelable: true });
  window.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(isLost);
});

const said = () => [toast.success, toast.info].map(({ mock }) => mock.calls.map(([text]) => text as string));
const ended = { id: "a", name: "pack", successful_files: 2 };
it.each([
  ["all of it", { ...ended }, [["pack: 2 files are in your library."], []]],
  ["one file, without a name", { ...ended, name: null, successful_files: 1 }, [["Your upload: 1 file is in your library."], []]], // prettier-ignore
  ["one left out", { ...ended, failed_files: 1 }, [[], ["pack: 2 files are in your library, 1 file was left out."]]],
  ["some left out", { ...ended, successful_files: 1, failed_files: 3 }, [[], ["pack: 1 file is in your library, 3 files were left out."]]], // prettier-ignore
  ["that it was stopped, nothing", { ...ended, cancelled: true }, [[], []]],
  ["that it was undone, nothing", { ...ended, undone_at: "2026-01-01T00:00:00Z" }, [[], []]],
])("says what has arrived: %s", async (_what, part, words) => {
  await show();
  live.onChange?.(uploadOf(part), open("a"));
  expect([said(), sender.drop.mock.calls]).toEqual([words, [["a"]]]);
  const [, options] = (toast.success.mock.calls[0] ?? toast.info.mock.calls[0] ?? []) as [string?, { action: { label: string; onClick: () => void }; duration?: number }?]; // prettier-ignore
  options?.action.onClick();
  const isSaid = words.flat().length > 0;
  expect([options?.action.label, does.go.mock.calls]).toEqual(
    isSaid ? ["Report", [["uploads", { upload: "a" }]]] : [undefined, []],
  );
  expect(options?.duration).toBe(words[1]?.length ? 15_000 : undefined);
});

it.each([
  ["while it is open", open("a"), open("a"), "", "posts", 0],
  ["where its end was known", uploadOf({ id: "a" }), uploadOf({ id: "a" }), "", "posts", 1],
  ["where nothing was known of it", uploadOf({ id: "a" }), undefined, "", "posts", 1],
  ["where its archive is read then", uploadOf({ id: "a" }), open("a"), "a", "posts", 1],
  ["where its report is in sight", uploadOf({ id: "a" }), open("a"), "", "uploads", 1],
] as const)("says nothing of an upload %s", async (_where, upload, before, awaited, page, drops) => {
  Object.assign(is, { awaited, page });
  await show();
  live.onChange?.(upload, before);
  expect([said(), sender.drop.mock.calls.length]).toEqual([[[], []], drops]);
});
