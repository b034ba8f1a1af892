/** The commands for posts. */
import { plural, t } from "@lingui/core/macro";
import {
  Archive,
  Copyright,
  Download,
  Eye,
  EyeOff,
  ImageUp,
  Link2,
  ListOrdered,
  MessageSquareReply,
  Pencil,
  RotateCcw,
  Tag,
  Trash2,
  TriangleAlert,
  ZoomIn,
} from "lucide-react";
import type { RefObject } from "react";

import { filesOfPosts } from "../../data/client";
import { openShared } from "../../data/dialogs";
import type { BulkAction } from "../../data/changes/schema";
import { config, moderates } from "../../data/config";
import type { Post } from "../../data/schema";
import { toggleTray } from "../../ui/tray";
import { formatCount } from "../../platform/format";
import { MAX_FILES } from "../../data/packLimits";
import type { Command } from "../../commands/commands";
import { copyText, toast } from "../../ui/toast";
import { useListCommands } from "../../commands/list/useListCommands";
import { type Filters, isFiltering, noFilters } from "./filterValues";
import { saveCsv } from "./saveCsv";
import type { ListHandle } from "../../commands/list/useRows";
import type { PostModels } from "./models";
import { openPost, setFilters, setLayout, setPostState } from "./view";

interface Parts {
  handle: RefObject<ListHandle | null>;
  input: RefObject<HTMLInputElement | null>;
  onNone: () => void;
  focusList: () => void;
}

/** Labels in the selection bar, next to the count. */
const SHORT: Partial<Record<string, string>> = {
  download: t`Download`,
  restore: t`Restore`,
  hide: t`Hide`,
  licence: t`Licence`,
  edit: t`Edit`,
  remove: t`Delete`,
};

/** Registers the commands; returns those for the selection bar, most common first. */
export function usePostCommands(models: PostModels, parts: Parts): Command[] {
  const { list, choice } = models;
  const commands = list.isTrash ? trashCommands(models) : commandsOn(models, parts);
  const onEscape = () => {
    if (!isFiltering(list.filters)) return false;
    setFilters(noFilters);
    return true;
  };
  const shape = () => parts.handle.current?.shape() ?? { rows: 1, columns: 1 };
  useListCommands({ ...choice, shape, onOpen: openPost, onAll: choice.selectAll, onNone: parts.onNone, onEscape }, [
    ...commands,
    ...viewCommands(models, parts.input),
  ]);
  // The rest is in the menu.
  const usual = ["download", "restore", "hide", "licence", "edit", "remove"];
  const rank = ({ name, icon }: Command) => usual.indexOf(name ?? (icon === RotateCcw ? "restore" : ""));
  return commands
    .filter((command) => rank(command) >= 0)
    .sort((a, b) => rank(a) - rank(b))
    .map((command) => ({ ...command, label: SHORT[command.name ?? "restore"] ?? "" }));
}

const idsOf = (posts: readonly Post[]) => posts.map(({ id }) => id);

function commandsOn(models: PostModels, { handle, focusList }: Parts): Command[] {
  const { list, choice, changes } = models;
  const { selected, activeId, activeIndex, atHand: posts } = choice;
  const { ask } = changes;
  const [only] = posts;
  const disabledReason = whyDisabled(models);
  const { isWhole } = choice;
  const start = (kind: "hide" | "unhide") => {
    changes.start({ kind }, idsOf(posts));
    focusList();
  };
  /** All posts of a filter are changed by the service. */
  const askBulk = (action: BulkAction) => ask("edit", posts, { action });
  const editTitle = () => {
    if (selected.length > 1 || !only) ask("edit", posts);
    else changes.setEditing({ id: only.id, field: "title" });
  };
  const remove = () => {
    // Never delete what is out of view.
    if (selected.length === 0 && !(activeId !== null && handle.current?.isInSight(activeIndex))) {
      toast.info(t`Nothing is selected, and the current post is scrolled out of view.`);
    } else if (isWhole) askBulk("delete");
    else ask("delete", posts);
  };
  const { count } = choice;
  const posted = plural(count, { one: "# post", other: "# posts" });
  const about = (one: string, many: string) => (count > 1 ? many : one);
  // The page reads the posts themselves.
  const notLoaded = disabledReason ?? (isWhole && !list.isComplete ? t`the posts are still being loaded` : null);
  const at = { group: "selection", disabledReason } as const;
  const hide = posts.length === 1 && only ? changes.hides.get(only.id) : undefined;
  return [
    { group: "selection", label: t`Open`, icon: ZoomIn, disabledReason, run: () => only && openPost(only.id) },
    {
      ...at,
      name: "edit",
      label: selected.length > 1 ? about(t`Edit`, t`Edit ${posted}`) : t`Edit title`,
      icon: Pencil,
      disabledReason: notLoaded,
      run: editTitle,
    },
    ...(hide && !hide.answer && !moderates
      ? [answerCommand(() => changes.setQuestion({ about: "answer", posts }))]
      : []),
    {
      ...at,
      name: "download",
      label: about(t`Download`, t`Download ${posted}`),
      icon: Download,
      disabledReason: notLoaded,
      run: () => ask("download", posts),
    },
    {
      ...at,
      name: "tags",
      label: t`Tags…`,
      icon: Tag,
      run: () => (isWhole ? askBulk("hashtags") : ask("edit", posts)),
    },
    {
      ...at,
      name: "licence",
      label: t`Licence…`,
      icon: Copyright,
      run: () => (isWhole ? askBulk("license") : ask("license", posts)),
    },
    ...(isWhole
      ? [{ ...at, label: t`Warnings, alt text and AI…`, icon: TriangleAlert, run: () => askBulk("details") }]
      : []),
    {
      ...at,
      label: about(t`Pack`, t`Pack ${posted}`),
      icon: Archive,
      disabledReason: notLoaded ?? whyNotPack(posts),
      run: () => openShared({ about: "packPosts", find: () => filesOfPosts(idsOf(posts)) }),
    },
    ...(moderates
      ? []
      : [
          {
            ...at,
            label: t`Series…`,
            icon: ListOrdered,
            // Also without any: to order those that are in one.
            disabledReason: list.isComplete ? null : t`the posts are still being loaded`,
            run: () => changes.setQuestion({ about: "series", posts }),
          },
        ]),
    {
      ...at,
      label: t`Replace the picture…`,
      icon: ImageUp,
      disabledReason: disabledReason ?? (posts.length === 1 ? null : t`choose one post`),
      run: () => ask("versions", posts),
    },
    ...(config.site_url === null ? [] : [copyCommand(only, config.site_url, disabledReason)]),
    {
      ...at,
      name: "hide",
      label: about(t`Hide`, t`Hide ${posted}`),
      icon: EyeOff,
      disabledReason: disabledReason ?? whyNotHide(choice),
      run: () => {
        if (isWhole) askBulk("hide");
        else if (moderates) ask("hide", posts);
        else start("hide");
      },
    },
    {
      ...at,
      name: "unhide",
      label: about(t`Unhide`, t`Unhide ${posted}`),
      icon: Eye,
      disabledReason: disabledReason ?? whyNotUnhide(choice),
      run: () => (isWhole ? askBulk("unhide") : start("unhide")),
    },
    {
      ...at,
      name: "remove",
      label: about(t`Delete`, t`Delete ${posted}`),
      icon: Trash2,
      isDangerous: true,
      run: remove,
    },
  ];
}

const answerCommand = (run: () => void): Command => ({
  group: "selection",
  name: "answer",
  label: t`Answer the moderator`,
  icon: MessageSquareReply,
  run,
});

function copyCommand(post: Post | undefined, site: string, disabledReason: string | null): Command {
  const run = () => copyText(`${site}/p/${post?.public_sqid ?? ""}`, t`Link copied.`);
  return { group: "selection", name: "copy", label: t`Copy link`, icon: Link2, disabledReason, run };
}

function whyDisabled({ choice, changes }: PostModels): string | null {
  if (choice.atHand.length === 0) return t`nothing is selected`;
  return changes.job ? t`another change is in progress` : null;
}

function whyNotPack(posts: readonly Post[]): string | null {
  return posts.length > MAX_FILES ? t`a pack holds at most ${formatCount(MAX_FILES)} files` : null;
}

// Of all posts of a filter the dialog tells how many.
function whyNotHide({ atHand: posts, sums, isWhole }: PostModels["choice"]): string | null {
  if (isWhole) return null;
  return (moderates ? sums.byMod : sums.byUser) === posts.length ? t`already hidden` : null;
}

function whyNotUnhide({ atHand: posts, sums, isWhole }: PostModels["choice"]): string | null {
  if (isWhole) return null;
  if ((moderates ? sums.byMod : sums.byUser) > 0) return null;
  if ((moderates ? sums.byUser : sums.byMod) > 0) return moderates ? t`the artist hid it` : t`a moderator hid it`;
  return posts.length === 1 ? t`it is not hidden` : t`none of them is hidden`;
}

function trashCommands(models: PostModels): Command[] {
  const { atHand: posts, count, isWhole } = models.choice;
  const { ask, start } = models.changes;
  const [only] = posts;
  const disabledReason = whyDisabled(models);
  const label = count > 1 ? t`Restore ${plural(count, { one: "# post", other: "# posts" })}` : t`Restore`;
  const run = () => (isWhole ? ask("edit", posts, { action: "restore" }) : start({ kind: "restore" }, idsOf(posts)));
  return [
    { group: "selection", label: t`Open`, icon: ZoomIn, disabledReason, run: () => only && openPost(only.id) },
    { group: "selection", label, icon: RotateCcw, disabledReason, run },
  ];
}

function viewCommands({ list, choice, changes }: PostModels, input: RefObject<HTMLInputElement | null>): Command[] {
  const { view, filters, isTrash } = list;
  const { exported } = choice;
  const show = (label: string, part: Partial<Filters>): Command => ({
    group: "view",
    label,
    run: () => {
      if (isTrash) setPostState("active");
      setFilters({ ...filters, ...part });
    },
  });
  const other = view.layout === "grid" ? "table" : "grid";
  const openFilters = () => document.querySelector<HTMLElement>(".filters-button")?.click();
  return [
    { name: "undo", run: changes.undoLast },
    { name: "search", run: () => input.current?.select() },
    { name: "filter", group: "view", label: t`Filters`, run: openFilters },
    { name: "tray", group: "view", label: t`Downloads`, run: toggleTray },
    show(t`Show visible posts`, { status: "visible" }),
    show(t`Show posts hidden by a moderator`, { status: "moderated" }),
    { group: "view", label: t`Show deleted posts`, run: () => setPostState("deleted") },
    { group: "view", label: other === "grid" ? t`Show as a grid` : t`Show as a table`, run: () => setLayout(other) },
    {
      group: "view",
      label: t`Export ${plural(exported.length, { one: "# post", other: "# posts" })} as CSV`,
      run: () => saveCsv(exported),
    },
  ];
}
