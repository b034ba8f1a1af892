import { describe, expect, it } from "vitest";

import { dayAfter, dayWords, localIn, momentIn, mondayOf, ruleWords, weekdayOf } from "./days";

describe("days of the queue", () => {
  it("are those of its time zone", () => {
    expect(localIn("Europe/Berlin", "2026-11-27T17:00:00Z")).toEqual({ day: "2026-11-27", time: "18:00" });
    expect(localIn("America/Los_Angeles", "2026-11-27T02:30:00Z")).toEqual({ day: "2026-11-26", time: "18:30" });
    expect(localIn("Asia/Kathmandu", "2026-11-27T18:15:00Z")).toEqual({ day: "2026-11-28", time: "00:00" });
  });

  it("are moments again, in summer and in winter", () => {
    // Berlin's clocks change on 29 March at 1:00 UTC, New York's on 8 March at 7:00.
    const around = ["2026-03-29T00:30:00.000Z", "2026-03-08T06:30:00.000Z", "2026-03-08T08:00:00.000Z"];
    for (const at of ["2026-07-01T16:00:00.000Z", "2026-12-01T17:00:00.000Z", ...around]) {
      for (const zone of ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC", "Australia/Lord_Howe"]) {
        expect(momentIn(zone, localIn(zone, at))).toBe(at);
      }
    }
  });

  it("have times that clocks leave out later, and the first of two", () => {
    // In Berlin 2:30 is left out on 29 March, and is there twice on 25 October.
    expect(momentIn("Europe/Berlin", { day: "2026-03-29", time: "02:30" })).toBe("2026-03-29T01:30:00.000Z");
    expect(momentIn("Europe/Berlin", { day: "2026-10-25", time: "02:30" })).toBe("2026-10-25T00:30:00.000Z");
  });

  it("are counted across months and years, in weeks from Monday", () => {
    expect(dayAfter("2026-12-31", 1)).toBe("2027-01-01");
    expect(mondayOf("2026-11-29")).toBe("2026-11-23");
    expect(mondayOf("2026-11-23")).toBe("2026-11-23");
    expect(weekdayOf("2026-11-29")).toBe(7);
    expect(dayWords("2026-11-27")).toBe("Fri 27 Nov");
  });

  it("are said in words", () => {
    expect(ruleWords([1, 2, 3, 4, 5], ["18:00"])).toBe("Every weekday at 18:00");
    expect(ruleWords([1, 3, 7], ["09:00", "18:00"])).toBe("Every Mon, Wed and Sun at 09:00 and 18:00");
    expect(ruleWords([1, 2, 3, 4, 5, 6, 7], ["12:00"])).toBe("Every day at 12:00");
  });
});
