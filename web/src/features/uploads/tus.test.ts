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

const BUSY = "The service is busy. The upload resumes by itself.";
it.each([
  [0, "", "The service cannot be reached. The upload resumes by itself."],
  [401, problem("Sign in."), "Your session has ended. The upload resumes once you sign in."],
  [412, problem("No."), "Another account is signed in now. Nothing is sent from it."],
  [425, "", BUSY],
  [503, "<html>", BUSY],
  [503, problem("The disk is full."), "The disk is full."],
  [404, "", "This upload is no longer open."],
  [413, "<html>", "The service refused this file with status 413."],
])("status %i with %j is told as “%s”", (status, body, message) => {
  expect(classify(status, body).message).toBe(message);
});
