/**
 * The drafts as this tab shows them: as the service has them, and on top the cells that are not saved yet. Pure: nothing
 * is sent from here.
 */
import { isSame, pick } from "../../ui/edits";
import type { Values } from "./cells";
import type { Draft, DraftsChanged } from "./schema";

export type Edits = Partial<Values>;
export type Name = keyof Values;

export interface Entry {
  readonly served: Draft;
  /** Not saved. */
  readonly edits: Edits;
  /** What the service had when each was written. */
  readonly bases: Edits;
  /** On their way. */
  readonly sent: Edits;
  /** Why the service does not take one. */
  readonly faults: Partial<Record<Name, string>>;
  /** What somebody else has written meanwhile. */
  readonly theirs: Edits;
  /** The draft with its edits. */
  readonly shown: Draft;
}

export type Sheet = ReadonlyMap<number, Entry>;

export interface Change {
  readonly id: number;
  readonly version: number;
  readonly fields: Edits;
}

const namesOf = (edits: object) => Object.keys(edits) as Name[];
const without = <T extends object>(part: T, names: readonly Name[]): T =>
  Object.fromEntries(Object.entries(part).filter(([name]) => !names.includes(name as Name))) as T;

function entryOf(entry: Omit<Entry, "shown">): Entry {
  const { served, edits } = entry;
  return { ...entry, shown: namesOf(edits).length > 0 ? { ...served, ...edits } : served };
}

const fresh = (served: Draft) => entryOf({ served, edits: {}, bases: {}, sent: {}, faults: {}, theirs: {} });

/** A draft as the service has it now. What is older than what is known changes nothing. */
function renewed(entry: Entry | undefined, served: Draft): Entry {
  if (!entry) return fresh(served);
  if (served.version < entry.served.version) return entry;
  const bases: Record<string, unknown> = { ...entry.bases };
  const theirs: Record<string, unknown> = {};
  const saved = namesOf(entry.edits).filter((name) => isSame(served[name], entry.edits[name]));
  for (const name of namesOf(entry.edits)) {
    if (name in entry.sent && isSame(served[name], entry.sent[name])) bases[name] = served[name];
    else if (!saved.includes(name) && !isSame(served[name], bases[name])) theirs[name] = served[name];
  }
  return entryOf({
    ...entry,
    served,
    edits: without(entry.edits, saved),
    bases: without(bases as Edits, saved),
    faults: without(entry.faults, saved),
    theirs: theirs,
  });
}

function changed(sheet: Sheet, entries: Iterable<readonly [number, Entry | null]>): Sheet {
  const next = new Map(sheet);
  for (const [id, entry] of entries) {
    if (entry) next.set(id, entry);
    else next.delete(id);
  }
  return next;
}

export function withServed(sheet: Sheet, drafts: Iterable<Draft>): Sheet {
  const entries: [number, Entry][] = [];
  for (const draft of drafts) {
    const before = sheet.get(draft.id);
    const after = renewed(before, draft);
    if (after !== before) entries.push([draft.id, after]);
  }
  return entries.length > 0 ? changed(sheet, entries) : sheet;
}

export function withoutDrafts(sheet: Sheet, ids: Iterable<number>): Sheet {
  return changed(
    sheet,
    [...ids].map((id) => [id, null] as const),
  );
}

/** What the service had when these were seen: as they are shown still, or what they were. */
function seenBases({ shown, served, edits, bases }: Entry, seen: Edits): Edits {
  const unchanged = namesOf(seen).filter((name) => isSame(seen[name], shown[name]));
  const before = Object.fromEntries(unchanged.map((name) => [name, (name in edits ? bases : served)[name]]));
  return { ...seen, ...before };
}

/**
 * Cells are written. What was in conflict, or a fault, is no longer; but what somebody else has written since a cell was
 * `seen` is.
 */
export function withEdits(
  sheet: Sheet,
  written: ReadonlyMap<number, Edits>,
  seen: ReadonlyMap<number, Edits> = new Map(),
): Sheet {
  const entries: [number, Entry][] = [];
  for (const [id, edits] of written) {
    const entry = sheet.get(id);
    if (!entry) continue;
    const names = namesOf(edits);
    const back = names.filter((name) => !(name in entry.sent) && isSame(entry.served[name], edits[name]));
    const known = seenBases(entry, seen.get(id) ?? {});
    const theirs = namesOf(known).filter(
      (name) => ![known[name], edits[name]].some((value) => isSame(value, entry.served[name])),
    );
    entries.push([
      id,
      entryOf({
        ...entry,
        edits: without({ ...entry.edits, ...edits }, back),
        bases: without({ ...entry.bases, ...pick(entry.served, names), ...known }, back),
        faults: without(entry.faults, names),
        theirs: { ...without(entry.theirs, names), ...pick(entry.served, theirs) },
      }),
    ]);
  }
  return changed(sheet, entries);
}

export type Kept = Pick<Entry, "edits" | "bases">;

/** Edits of an earlier visit, with what the service had then. */
export function withKept(sheet: Sheet, kept: ReadonlyMap<number, Kept>): Sheet {
  return changed(
    sheet,
    [...kept].flatMap(([id, { edits, bases }]) => {
      const entry = sheet.get(id);
      // What has been written in this visit is newer.
      const both = entry && { ...entry, edits: { ...edits, ...entry.edits }, bases: { ...bases, ...entry.bases } };
      return both ? [[id, renewed(both, both.served)] as const] : [];
    }),
  );
}

/** Where somebody else has written too: mine stays, and is saved over theirs; or theirs comes. */
export function settled(sheet: Sheet, id: number, name: Name, isMine: boolean): Sheet {
  const entry = sheet.get(id);
  if (!entry) return sheet;
  const value = isMine ? entry.edits[name] : entry.served[name];
  return withEdits(sheet, new Map([[id, { [name]: value }]]));
}

function sendable({ edits, faults, theirs }: Entry): Edits {
  return without(edits, [...namesOf(faults), ...namesOf(theirs)]);
}

/** What can be sent now, in one request. */
export function pendingChanges(sheet: Sheet, most: number): Change[] {
  const changes: Change[] = [];
  for (const [id, entry] of sheet) {
    const fields = sendable(entry);
    if (namesOf(fields).length > 0) changes.push({ id, version: entry.served.version, fields });
    if (changes.length === most) break;
  }
  return changes;
}

export function withSent(sheet: Sheet, changes: readonly Change[]): Sheet {
  return changed(
    sheet,
    changes.flatMap(({ id, fields }) => {
      const entry = sheet.get(id);
      return entry ? [[id, { ...entry, sent: fields }] as const] : [];
    }),
  );
}

/** The request failed: what it said is still to be said. */
export function withUnsent(sheet: Sheet, changes: readonly Change[]): Sheet {
  return withSent(
    sheet,
    changes.map((change) => ({ ...change, fields: {} })),
  );
}

function answered(entry: Entry, answer: DraftsChanged["items"][number]): Entry | null {
  const { outcome, draft, errors } = answer;
  if (outcome === "lost") return null;
  const { sent } = entry;
  // The service may have written it in its own way, and it may have been written again meanwhile.
  const saved = outcome === "stale" || outcome === "invalid" ? [] : namesOf(sent);
  const over = saved.filter((name) => isSame(entry.edits[name], sent[name]));
  const left = entryOf({
    ...entry,
    edits: without(entry.edits, over),
    bases: without(entry.bases, over),
    faults: { ...entry.faults, ...Object.fromEntries(errors.map(({ field, message }) => [field, message])) },
  });
  const now = draft ? renewed(left, draft) : left;
  return entryOf({ ...now, sent: {} });
}

export function withAnswers(sheet: Sheet, answers: DraftsChanged["items"]): Sheet {
  return changed(
    sheet,
    answers.flatMap((answer) => {
      const entry = sheet.get(answer.id);
      return entry ? [[answer.id, answered(entry, answer)] as const] : [];
    }),
  );
}

interface Unsaved {
  /** Cells that wait to be sent, that the service did not take, and that somebody else has written too. */
  readonly waiting: number;
  readonly faults: number;
  readonly conflicts: number;
}

export function unsavedIn(sheet: Sheet): Unsaved {
  let [waiting, faults, conflicts] = [0, 0, 0];
  for (const entry of sheet.values()) {
    waiting += namesOf(sendable(entry)).length;
    faults += namesOf(entry.faults).length;
    conflicts += namesOf(entry.theirs).length;
  }
  return { waiting, faults, conflicts };
}
