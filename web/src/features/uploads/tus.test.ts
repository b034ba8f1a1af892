import { expect, it } from "vitest";

import { classify } from "./tus";

const problem = (detail: string) => JSON.stringify({ title: "t", status: 1, detail });

it("what may pass is tried again: cuts, offsets, locks, crowds, restarts, a full disk", () => {
  for (const status of [0, 408, 409, 423, 429, 460, 500, 502, 503, 507]) {
    expect(classify(status, "").kind, String(status)).toBe("temporary");
  }
});

it("what will not pass is told in the service's own words", () => {
  expect(classify(422, problem("Your library is full."))).toEqual({
    kind: "refused",
    message: "Your library is full.",
  });
  expect(classify(413, "<html>").kind).toBe("refused");
  expect(classify(410, problem("It was stopped."))).toEqual({ kind: "refused", message: "It was stopped." });
  expect(classify(401, "").kind).toBe("signed-out");
  expect(classify(412, "").kind).toBe("signed-out");
});
