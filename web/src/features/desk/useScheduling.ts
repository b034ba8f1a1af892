import { plural, t } from "@lingui/core/macro";

import { toast, UNDO_MS } from "../../ui/toast";
import { useWrite } from "../../ui/useWrite";
import { deleteDrafts, publishNow, scheduleDrafts, unschedule } from "./api";
import { dayWords, localIn } from "./days";
import type { Draft, DraftsScheduled, ScheduleRequest } from "./schema";
import { desk, refreshDrafts, refreshSoon } from "./useDrafts";

const draftOf = (id: number): Draft | undefined => desk.sheet.get().get(id)?.served;

/** The first reason why some stay drafts. */
function reasonOf({ items }: DraftsScheduled): string {
  const first = items.find(({ outcome }) => outcome === "not_ready" || outcome === "no_day");
  return first?.problems[0]?.message ?? "";
}

/** When drafts go out: each call says what became of them, and can be undone where nothing has gone out. */
export function useScheduling(zone: string, onDone: () => void) {
  const [isBusy, write] = useWrite(() => {
    refreshSoon();
    refreshDrafts();
  });

  const backTo = (before: readonly (readonly [id: number, due: string | null])[]) =>
    write(async () => {
      const drafts = before.flatMap(([id, due]) => (due === null ? [id] : []));
      if (drafts.length > 0) await unschedule(drafts);
      for (const [id, due] of before) if (due !== null) await scheduleDrafts({ draft_ids: [id], at: due });
      toast.success(t`Undone.`);
    });

  const schedule = (body: ScheduleRequest) =>
    write(async () => {
      const due = new Map([...desk.sheet.get().values()].map(({ served }) => [served.id, served.due_at]));
      const answer = await scheduleDrafts(body);
      const moved = answer.items.filter(({ outcome }) => outcome === "scheduled");
      const before = moved.map(({ id }) => [id, due.get(id) ?? null] as const);
      const undo = { action: { label: t`Undo`, onClick: () => backTo(before) }, duration: UNDO_MS };
      const [only] = moved;
      const at = moved.length === 1 && only?.due_at ? localIn(zone, only.due_at) : null;
      const words = at
        ? t`“${draftOf(only?.id ?? 0)?.title ?? t`The draft`}” goes out on ${dayWords(at.day)} at ${at.time}.`
        : answer.message;
      if (moved.length > 0) toast.success(words, undo);
      else toast.error([answer.message, reasonOf(answer)].filter(Boolean).join(" "));
      onDone();
    });

  return {
    isBusy,
    schedule,
    publish: (ids: readonly number[]) =>
      write(async () => {
        const answer = await publishNow(ids);
        (answer.scheduled_count > 0 ? toast.success : toast.error)(
          answer.scheduled_count > 0
            ? t`${plural(answer.scheduled_count, { one: "# draft", other: "# drafts" })} will be out within seconds.`
            : answer.message,
        );
        onDone();
      }),
    toDrafts: (ids: readonly number[]) =>
      write(async () => {
        const before = ids.flatMap((id) => {
          const due = draftOf(id)?.due_at;
          return due ? [[id, due] as const] : [];
        });
        const { affected_count: count } = await unschedule(ids);
        toast.success(plural(count, { one: "# post is a draft again.", other: "# posts are drafts again." }), {
          action: { label: t`Undo`, onClick: () => backTo(before) },
          duration: UNDO_MS,
        });
        onDone();
      }),
    remove: (ids: readonly number[]) =>
      write(async () => {
        const { affected_count: count } = await deleteDrafts(ids);
        desk.remove(ids);
        toast.success(
          t`${plural(count, { one: "# draft", other: "# drafts" })} deleted. Their files stay in the library.`,
        );
        onDone();
      }),
  };
}
