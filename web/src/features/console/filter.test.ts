import { describe, expect, it } from "vitest";

import { parseFilter, withPart } from "./filter";

describe("the console's search", () => {
  it("reads its parts in any order, and looks for other words in the reasons", () => {
    expect(parseFilter("no such user:alice since:24h mailbox", "failed", "")).toEqual({
      user: "alice",
      since: "24",
      error: "no such mailbox",
      state: "failed",
    });
    expect(parseFilter('user:"two words" attempt: 3', "", "task")).toEqual({
      user: "two words",
      attempt: "3",
      kind: "task",
    });
  });

  it("leaves what looks like a part and is none to the words", () => {
    expect(parseFilter("SMTP:550", "", "")).toEqual({ error: "SMTP:550" });
  });

  it("lists a day of what is done, unless something says which", () => {
    expect(parseFilter("", "ended", "")).toEqual({ state: "ended", since: "24" });
    expect(parseFilter("user:bob", "ended", "")).toEqual({ state: "ended", user: "bob" });
    expect(parseFilter("", "all", "")).toEqual({});
  });

  it("sets a part once and takes it away", () => {
    expect(withPart("user:bob broken", "user", "alice b")).toBe('broken user:"alice b"');
    expect(withPart("user:bob broken", "user", null)).toBe("broken");
  });
});
