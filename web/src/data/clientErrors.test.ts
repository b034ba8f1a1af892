// @vitest-environment happy-dom
import { beforeEach, expect, it, vi } from "vitest";

import { watchErrors } from "./clientErrors";

const call = vi.hoisted(() => vi.fn());
vi.mock("./client", () => ({ call }));

watchErrors();
const fails = (error: unknown) => window.dispatchEvent(Object.assign(new Event("error"), { error }));
const rejects = (reason: unknown) => window.dispatchEvent(Object.assign(new Event("unhandledrejection"), { reason }));
const told = () =>
  (call.mock.calls as [string, string, { body: { message: string; stack: string } }][]).map(([, , { body }]) => body);
beforeEach(() => {
  call.mockReset().mockResolvedValue(undefined);
});

it("tells the service of what nobody handles, without what stands in addresses, each once", () => {
  const error = new TypeError("No list at /u/me/posts?q=secret");
  error.stack = "at draw (https://pixel.test/pmd/a.js?v=1:3:4)";
  fails(error);
  fails(error);
  rejects("Plain words");
  expect(told()).toMatchObject([
    { message: "TypeError: No list at /u/me/posts", stack: "at draw (https://pixel.test/pmd/a.js:3:4)" },
    { message: "Plain words", stack: "" },
  ]);
  expect(call.mock.calls[0]?.slice(0, 2)).toEqual(["POST", "/api/pmd/client-errors"]);
});

it("tells nothing of warnings, and has a name for an error without words", () => {
  fails(null);
  rejects("");
  expect(told().map(({ message }) => message)).toEqual(["Unknown error"]);
});

it("sends no more than the service takes, and at most ten in all", () => {
  rejects("x".repeat(600));
  expect(told()[0]?.message).toHaveLength(500);
  for (let number = 0; number < 20; number += 1) rejects(`Error ${number}`);
  expect(told()).toHaveLength(7); // three were told before
});
