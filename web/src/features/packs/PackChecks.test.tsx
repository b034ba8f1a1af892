// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ComponentProps } from "react";
import { afterEach, expect, it, vi } from "vitest";

import { PackChecks } from "./PackChecks";
import type { Conflict, Pack, PackCheck, PackedAsset } from "./schema";

vi.mock("./api", () => ({ approveFiles: () => Promise.resolve() }));
vi.mock("./licenses", () => ({ licenseWords: () => ({ title: "Free with credit" }) }));
vi.mock("../../platform/address", () => ({ go: () => undefined, isPlainClick: () => true, pageHref: () => "#" }));
vi.mock("../../ui/toast", () => ({ toast: {} }));

afterEach(cleanup);

const FIT = "All licences fit “Free with credit”";
const asset = { asset_id: 1, name: "a.png", provenance: "user_provided" } as PackedAsset;
const conflict = (code: Conflict["code"], id: number | null = 1): Conflict => ({
  ...{ code, message: `It is ${code}.`, asset_id: id, file: id === null ? null : `${String(id)}.png` },
});

function show(conflicts: readonly Conflict[], part: Partial<PackCheck> = {}, marks: Pack["marks"] = "strip") {
  const left: (readonly number[])[] = [];
  const check = { ok: false, conflicts, disclosures: [], references: [], ...part } as unknown as PackCheck;
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PackChecks
        pack={{ marks, license_type: "attribution" } as Pack}
        {...{ check, assets: [asset], isChecking: false, error: null, isBusy: false }}
        onMarks={() => undefined}
        onLeaveOut={(ids) => left.push(ids)}
        onChanged={() => undefined}
      />
    </QueryClientProvider>,
  );
  return left;
}

it.each([
  ["asks_credit", false],
  ["attribution_missing", true],
  ["cannot_strip", true],
  ["in_trash", true],
  ["license_missing", false],
  ["license_unknown", false],
  ["no_changes", false],
  ["no_money", false],
  ["not_approved", true],
  ["provenance_unknown", true],
  ["share_alike", false],
  ["too_large", true],
  ["was_changed", false],
] as const)("with %s, says that all licences fit: %s", (code, fits) => {
  show([conflict(code)]);
  expect(screen.queryByText(FIT) !== null).toBe(fits);
  expect(screen.queryByText("1 to do")).not.toBeNull();
});

it("offers what can be done about all files of one kind", () => {
  const left = show([conflict("not_approved"), conflict("not_approved", 2), conflict("too_large", null)]);
  expect(screen.getAllByText("Approve them")).toHaveLength(1);
  fireEvent.click(screen.getByText("Leave them out"));
  expect(left).toEqual([[1, 2]]);
});

it("warns of what the copies disclose only where it is kept", () => {
  const disclosures: PackCheck["disclosures"] = [{ code: "tells_place", message: "It says where.", asset_ids: [1] }];
  show([], { disclosures });
  expect(screen.queryByText(/removed from the copies/)).not.toBeNull();
  cleanup();
  show([], { disclosures }, "keep");
  expect(screen.queryByText(/Everyone who downloads/)).not.toBeNull();
  expect(screen.queryByText("Ready to build.")).not.toBeNull();
});

it.each([
  ["once it was checked", { check: { conflicts: [], disclosures: [], references: [] } }, "Ready to build."],
  ["while it is checked", { isChecking: true }, "Checking…"],
  ["where it could not be", { error: new Error("Not now.") }, ""],
])("says that it is ready only %s", (_, part, words) => {
  const props = { check: null, assets: [asset], isChecking: false, error: null, isBusy: false, ...part };
  render(
    <QueryClientProvider client={new QueryClient()}>
      <PackChecks
        {...({
          pack: { marks: "strip", license_type: "attribution" },
          onMarks: vi.fn(),
          onLeaveOut: vi.fn(),
          onChanged: vi.fn(),
          ...props,
        } as unknown as ComponentProps<typeof PackChecks>)}
      />
    </QueryClientProvider>,
  );
  expect(document.querySelector("h3 [role=status]")?.textContent).toBe(words);
});
