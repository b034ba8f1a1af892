// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { usualRule } from "../../data/publishing/rule";
import { draftOf } from "../../testing/drafts";
import { DeskPhone } from "./DeskPhone";
import type { Entry } from "./sheet";

vi.mock("../../commands/list/useRows", () => ({
  useRows: ({ count }: { count: number }) => ({
    getTotalSize: () => count,
    getVirtualItems: () => Array.from({ length: count }, (_, index) => ({ index, start: index })),
  }),
}));
vi.mock("../../data/assets/AssetPicture", () => ({ ArtOnMat: () => null }));
vi.mock("../../data/assets/SmallPreview", () => ({ SmallPreview: () => null }));
vi.mock("../../data/publishing/rule", () => ({ usualRule: { is_on: true } }));
vi.mock("../../platform/address", () => ({ useCloseOnBack: () => undefined }));
vi.mock("./useQueue", () => ({ useCalendar: () => null }));

const writeTexts = vi.fn();
const onSchedule = vi.fn();
beforeEach(() => {
  vi.resetAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function show(status: "draft" | "scheduled") {
  const rows = [1, 2].map(
    (id) => ({ shown: draftOf({ id, status, problems: [] }), faults: {}, theirs: {} }) as unknown as Entry,
  );
  const props = { tab: "drafts", rows, names: { licences: [], series: [] }, zone: "UTC", today: "2026-01-28" } as const;
  const does = { onDay: vi.fn(), onTheirs: vi.fn(), onPost: vi.fn(), onStrip: vi.fn(), onSchedule };
  const writing = { writeTexts } as unknown as Parameters<typeof DeskPhone>[0]["writing"];
  render(<DeskPhone {...props} {...does} {...{ writing }} plan={new Map()} rule={usualRule} isReadOnly={false} />);
  fireEvent.click(screen.getAllByRole("button", { name: /Untitled/ })[0] ?? document.body);
}

it.each([
  ["Next draft", "draft"],
  ["Previous draft", "draft"],
  ["Schedule", "draft"],
  ["Done", "scheduled"],
] as const)("saves what is being typed by “%s”, where no press moves the focus", (name, status) => {
  show(status);
  const title = screen.getByLabelText<HTMLInputElement>("Title");
  title.focus();
  fireEvent.change(title, { target: { value: "Typed last" } });
  fireEvent.click(screen.getAllByRole("button", { name, hidden: true }).at(-1) ?? document.body);
  expect(writeTexts).toHaveBeenCalledWith([{ id: 1, field: "title", text: "Typed last", seen: null }]);
  expect(onSchedule).toHaveBeenCalledTimes(name === "Schedule" ? 1 : 0);
});
