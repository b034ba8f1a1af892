import { PMDError } from "@pmd/client";
import { describe, expect, it, vi } from "vitest";

import { draftOf } from "../../testing/drafts";
import { Desk, type Send } from "./desk";
import { applicable, doneAgain, noHistory, noted, takenBack } from "./history";
import type { DraftsChanged } from "./schema";
import {
  type Edits,
  pendingChanges,
  settled,
  type Sheet,
  unsavedIn,
  withAnswers,
  withEdits,
  withKept,
  withSent,
  withServed,
} from "./sheet";

const served = (part = {}) => draftOf({ id: 1, version: 1, title: "Old", ...part });
const listed = (...drafts: ReturnType<typeof draftOf>[]): Sheet => withServed(new Map(), drafts);
const edited = (sheet: Sheet, edits: Edits) => withEdits(sheet, new Map([[1, edits]]));
const answer = (part: Partial<DraftsChanged["items"][number]>): DraftsChanged["items"] => [
  { id: 1, outcome: "changed", errors: [], draft: null, ...part },
];
const pending = (sheet: Sheet) => pendingChanges(sheet, 10);

describe("the drafts of a tab", () => {
  it("are shown with what is not saved yet, which is sent with the version it was written on", () => {
    const sheet = edited(listed(served()), { title: "New" });
    expect(sheet.get(1)?.shown.title).toBe("New");
    expect(pending(sheet)).toEqual([{ id: 1, version: 1, fields: { title: "New" } }]);
  });

  it("have nothing to save once the service has it, in its own words", () => {
    let sheet = edited(listed(served()), { title: "New  " });
    sheet = withSent(sheet, pending(sheet));
    sheet = withAnswers(sheet, answer({ draft: served({ version: 2, title: "New" }) }));
    expect(sheet.get(1)?.shown.title).toBe("New");
    expect(pending(sheet)).toEqual([]);
  });

  it("keep what was written while the same cell was being saved", () => {
    let sheet = edited(listed(served()), { title: "One" });
    sheet = withSent(sheet, pending(sheet));
    sheet = edited(sheet, { title: "Two" });
    sheet = withServed(sheet, [served({ version: 2, title: "One" })]); // the stream is first
    expect(unsavedIn(sheet)).toEqual({ waiting: 1, faults: 0, conflicts: 0 });
    sheet = withAnswers(sheet, answer({ draft: served({ version: 2, title: "One" }) }));
    expect(pending(sheet)).toEqual([{ id: 1, version: 2, fields: { title: "Two" } }]);
  });

  it("take what another tab has written into other cells", () => {
    let sheet = edited(listed(served()), { title: "Mine" });
    sheet = withAnswers(sheet, answer({ outcome: "stale", draft: served({ version: 5, alt_text: "Theirs" }) }));
    expect(sheet.get(1)?.shown).toMatchObject({ title: "Mine", alt_text: "Theirs" });
    expect(pending(sheet)).toEqual([{ id: 1, version: 5, fields: { title: "Mine" } }]);
  });

  it("overwrite nothing that another tab has written into the same cell before one is chosen", () => {
    const both = withServed(edited(listed(served()), { title: "Mine" }), [served({ version: 2, title: "Theirs" })]);
    expect(unsavedIn(both)).toEqual({ waiting: 0, faults: 0, conflicts: 1 });
    expect(pending(both)).toEqual([]);
    expect(both.get(1)?.shown.title).toBe("Mine");
    expect(pending(settled(both, 1, "title", true))).toEqual([{ id: 1, version: 2, fields: { title: "Mine" } }]);
    const theirs = settled(both, 1, "title", false);
    expect(theirs.get(1)?.shown.title).toBe("Theirs");
    expect(pending(theirs)).toEqual([]);
  });

  it("overwrite nothing that another tab has written into a cell while it was typed in", () => {
    const typed = (sheet: Sheet, title: string, seen: string) =>
      withEdits(sheet, new Map([[1, { title }]]), new Map([[1, { title: seen }]]));
    const changed = withServed(listed(served()), [served({ version: 2, title: "Theirs" })]);
    const both = typed(changed, "Mine", "Old");
    expect([unsavedIn(both), pending(both)]).toEqual([{ waiting: 0, faults: 0, conflicts: 1 }, []]);
    expect([both.get(1)?.shown.title, both.get(1)?.theirs]).toEqual(["Mine", { title: "Theirs" }]);
    // Nothing was changed meanwhile, or to the same.
    for (const [title, seen] of [
      ["Mine", "Theirs"],
      ["Theirs", "Old"],
    ] as const)
      // prettier-ignore
      expect(unsavedIn(typed(changed, title, seen)).conflicts).toBe(0);
    // What waits to be saved was written over the old one, and goes on to be; but not over theirs.
    const waiting = edited(listed(served()), { title: "One" });
    expect(pending(typed(waiting, "Two", "One"))).toEqual([{ id: 1, version: 1, fields: { title: "Two" } }]);
    const late = withServed(waiting, [served({ version: 2, title: "Theirs" })]);
    expect(unsavedIn(typed(late, "Two", "One")).conflicts).toBe(1);
  });

  it("know nothing older than they know", () => {
    const sheet = withServed(listed(served({ version: 3, title: "Third" })), [served({ version: 2, title: "Second" })]);
    expect(sheet.get(1)?.shown.title).toBe("Third");
  });

  it("keep a cell that the service does not take, say why, and save the others", () => {
    let sheet = edited(listed(served()), { title: "New", hashtags: ["?"] });
    sheet = withSent(sheet, pending(sheet));
    const errors = [{ field: "hashtags", message: "No hashtag." }];
    sheet = withAnswers(sheet, answer({ outcome: "invalid", errors, draft: served() }));
    expect(sheet.get(1)?.faults).toEqual({ hashtags: "No hashtag." });
    expect(sheet.get(1)?.shown.hashtags).toEqual(["?"]);
    expect(pending(sheet)).toEqual([{ id: 1, version: 1, fields: { title: "New" } }]);
    expect(unsavedIn(edited(sheet, { hashtags: ["sea"] })).faults).toBe(0);
  });

  it("forget a draft that is lost, and an edit that is taken back", () => {
    const sheet = edited(listed(served()), { title: "New" });
    expect(withAnswers(sheet, answer({ outcome: "lost" })).size).toBe(0);
    expect(pending(edited(sheet, { title: "Old" }))).toEqual([]);
  });

  it("have what an earlier visit could not save, unless it was written elsewhere since", () => {
    const kept = new Map([[1, { edits: { title: "Kept" }, bases: { title: "Old" } }]]);
    expect(pending(withKept(listed(served()), kept))).toEqual([{ id: 1, version: 1, fields: { title: "Kept" } }]);
    expect(unsavedIn(withKept(listed(served({ title: "Other" })), kept)).conflicts).toBe(1);
    const newer = withKept(edited(listed(served()), { title: "New" }), kept);
    expect(newer.get(1)?.edits, "written in this visit").toEqual({ title: "New" });
  });
});

describe("undo", () => {
  const step = [{ id: 1, field: "title", before: "Old", after: "New" }] as const;

  it("takes back whole changes and does them again", () => {
    const back = takenBack(noted(noHistory, step));
    expect(back?.step).toEqual([{ id: 1, field: "title", before: "New", after: "Old" }]);
    expect(back && doneAgain(back.history)?.step).toEqual(step);
    expect(back && noted(back.history, step).undone).toEqual([]);
    expect([takenBack(noHistory), doneAgain(noHistory)]).toEqual([null, null]);
  });

  it("leaves cells that were written since", () => {
    expect(applicable(step, () => "Old")).toHaveLength(1);
    expect(applicable(step, () => "Since")).toHaveLength(0);
  });
});

describe("saving", () => {
  it("is tried again after a failure, with what was written meanwhile, and says so", async () => {
    vi.useFakeTimers();
    vi.stubGlobal("window", new EventTarget());
    const sent: unknown[] = [];
    const send: Send = (changes) => {
      sent.push(changes.map(({ fields }) => fields));
      if (sent.length === 1) return Promise.reject(new PMDError(502, "The network gives way."));
      const items = changes.map(({ id, version, fields }) => ({
        ...{ id, outcome: "changed" as const, errors: [] },
        draft: served({ ...fields, version: version + 1 }),
      }));
      return Promise.resolve({ items, changed_count: items.length });
    };
    const desk = new Desk(send);
    desk.serve([served()]);
    desk.write([{ id: 1, field: "title", before: "Old", after: "New" }]);
    await vi.advanceTimersByTimeAsync(300);
    expect(desk.saving.get().failure?.message).toBe("The network gives way.");
    desk.write([{ id: 1, field: "alt_text", before: null, after: "Words" }]);
    await vi.advanceTimersByTimeAsync(4000);
    expect(sent).toEqual([[{ title: "New" }], [{ title: "New", alt_text: "Words" }]]);
    expect(desk.saving.get()).toMatchObject({ isBusy: false, failure: null });
    expect(desk.hasUnsaved()).toBe(false);
    desk.undo();
    desk.undo();
    expect(desk.sheet.get().get(1)?.shown).toMatchObject({ title: "Old", alt_text: null });
    vi.useRealTimers();
  });
});
