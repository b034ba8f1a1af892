// @vitest-environment happy-dom
import { renderHook } from "@testing-library/react";
import { expect, it } from "vitest";

import { closeShared, openShared, type SharedDialog, useSharedDialog } from "./dialogs";

const opened = () => renderHook(useSharedDialog).result.current;

it("is closed by itself, and not by the answer to one before it", () => {
  const first: SharedDialog = { about: "share", of: "packs/1", name: "First" };
  const second: SharedDialog = { about: "share", of: "packs/2", name: "Second" };
  openShared(first);
  openShared(second);
  closeShared(first);
  expect(opened()).toBe(second);
  closeShared(second);
  expect(opened()).toBeNull();
  openShared(first);
  closeShared();
  expect(opened()).toBeNull();
});
