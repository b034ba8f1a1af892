/** What can be done with posts: by the keys of the map, in the bar of the selection, in the menu and in the palette. */
import {
  Archive,
  Copyright,
  Download,
  Eye,
  EyeOff,
  Link2,
  MessageSquareReply,
  Pencil,
  RotateCcw,
  Tag,
  Trash2,
  ZoomIn,
} from "lucide-react";
import type { RefObject } from "react";

import { config, moderates } from "../api/config";
import type { Post } from "../api/schema";
import { toggleTray } from "../downloads/tray";
import { formatCount, plural } from "../lib/format";
import { MOST_FILES } from "../packs/limits";
import type { Act } from "../ui/acts";
import { copyText, toast } from "../ui/toast";
import { useListActs } from "../ui/useListActs";
import { type Filters, isFiltering, noFilters } from "./filterValues";
import { saveCsv } from "./saveCsv";
import type { ListHandle } from "./useListHandle";
import type { PostsModel } from "./usePostsModel";
import { openPost, setFilters, setLayout, setPostState } from "./view";

interface Parts {
  handle: RefObject<ListHandle | null>;
  input: RefObject<HTMLInputElement | null>;
  onNone: () => void;
  focusList: () => void;
}

/** How they are called where it is said beside them how many posts they are about. */
const SHORT: Partial<Record<string, string>> = {
  download: "Download",
  restore: "Restore",
  hide: "Hide",
  licence: "Licence",
  edit: "Edit",
  remove: "Delete",
};

/** Offers them, and gives those that are about posts, the most usual first. */
export function usePostActs(list: PostsModel, parts: Parts): Act[] {
  const { order, activeId, setActiveId, selection, select } = list;
  const acts = list.isTrash ? actsInTrash(list) : actsOn(list, parts);
  const onEscape = () => {
    if (!isFiltering(list.filters)) return false;
    setFilters(noFilters);
    return true;
  };
  const shape = () => parts.handle.current?.shape() ?? { rows: 1, columns: 1 };
  useListActs(
    { order, activeId, setActiveId, selection, select, shape, onOpen: openPost, onNone: parts.onNone, onEscape },
    [...acts, ...waysToLook(list, parts.input)],
  );
  // In the bar stands what is done most; all of it is in the menu.
  const usual = ["download", "restore", "hide", "licence", "edit", "remove"];
  const rank = ({ name, words }: Act) => usual.indexOf(name ?? (words?.startsWith("Restore") ? "restore" : ""));
  return acts
    .filter((act) => rank(act) >= 0)
    .sort((a, b) => rank(a) - rank(b))
    .map((act) => ({ ...act, words: SHORT[act.name ?? "restore"] ?? "" }));
}

const idsOf = (posts: readonly Post[]) => posts.map(({ id }) => id);

function actsOn(list: PostsModel, { handle, focusList }: Parts): Act[] {
  const { actions, ask, selected, activeId, activeIndex, atHand: posts } = list;
  const [only] = posts;
  const nothing = posts.length === 0 ? "nothing is selected" : actions.job ? "another change is in progress" : null;
  const start = (kind: "hide" | "unhide") => {
    actions.start({ kind }, idsOf(posts));
    focusList();
  };
  const editTitle = () => {
    if (selected.length > 1 || !only) ask("edit", posts);
    else list.setEditing({ id: only.id, field: "title" });
  };
  const remove = () => {
    // Nothing is asked about what is not seen.
    if (selected.length === 0 && !(activeId !== null && handle.current?.isInSight(activeIndex))) {
      toast.info("Nothing is selected, and the current post is scrolled out of view.");
    } else ask("delete", posts);
  };
  const about = (verb: string) => (selected.length > 1 ? `${verb} ${plural(selected.length, "post")}` : verb);
  const at = { place: "selection", why: nothing } as const;
  const hide = posts.length === 1 && only ? list.hides.get(only.id) : undefined;
  return [
    { place: "selection", words: "Open", icon: ZoomIn, why: nothing, run: () => only && openPost(only.id) },
    { ...at, name: "edit", words: selected.length > 1 ? about("Edit") : "Edit title", icon: Pencil, run: editTitle },
    ...(hide && !hide.answer && !moderates ? [answerAct(() => list.setQuestion({ about: "answer", posts }))] : []),
    { ...at, name: "download", words: about("Download"), icon: Download, run: () => ask("download", posts) },
    { ...at, name: "tags", words: "Tags…", icon: Tag, run: () => ask("edit", posts) },
    { ...at, name: "licence", words: "Licence…", icon: Copyright, run: () => ask("license", posts) },
    { ...at, words: about("Pack"), icon: Archive, why: nothing ?? whyNotPack(posts), run: () => ask("pack", posts) },
    ...(config.site_url === null ? [] : [copyAct(only, config.site_url, nothing)]),
    {
      ...at,
      name: "hide",
      words: about("Hide"),
      icon: EyeOff,
      why: nothing ?? whyNotHide(list),
      run: () => (moderates ? ask("hide", posts) : start("hide")),
    },
    {
      ...at,
      name: "unhide",
      words: about("Unhide"),
      icon: Eye,
      why: nothing ?? whyNotUnhide(list),
      run: () => start("unhide"),
    },
    { ...at, name: "remove", words: about("Delete"), icon: Trash2, isDangerous: true, run: remove },
  ];
}

const answerAct = (run: () => void): Act => ({
  place: "selection",
  name: "answer",
  words: "Answer the moderator",
  icon: MessageSquareReply,
  run,
});

function copyAct(post: Post | undefined, site: string, why: string | null): Act {
  const run = () => copyText(`${site}/p/${post?.public_sqid ?? ""}`, "Link copied.");
  return { place: "selection", name: "copy", words: "Copy link", icon: Link2, why, run };
}

function whyNotPack(posts: readonly Post[]): string | null {
  return posts.length > MOST_FILES ? `a pack holds at most ${formatCount(MOST_FILES)} files` : null;
}

function whyNotHide({ atHand: posts, sums }: PostsModel): string | null {
  return (moderates ? sums.byMod : sums.byUser) === posts.length ? "already hidden" : null;
}

function whyNotUnhide({ atHand: posts, sums }: PostsModel): string | null {
  if ((moderates ? sums.byMod : sums.byUser) > 0) return null;
  if ((moderates ? sums.byUser : sums.byMod) > 0) return moderates ? "the artist hid it" : "a moderator hid it";
  return posts.length === 1 ? "it is not hidden" : "none of them is hidden";
}

function actsInTrash({ actions, atHand: posts }: PostsModel): Act[] {
  const [only] = posts;
  const why = posts.length === 0 ? "nothing is selected" : actions.job ? "another change is in progress" : null;
  const words = posts.length > 1 ? `Restore ${plural(posts.length, "post")}` : "Restore";
  const run = () => actions.start({ kind: "restore" }, idsOf(posts));
  return [
    { place: "selection", words: "Open", icon: ZoomIn, why, run: () => only && openPost(only.id) },
    { place: "selection", words, icon: RotateCcw, why, run },
  ];
}

function waysToLook(list: PostsModel, input: RefObject<HTMLInputElement | null>): Act[] {
  const { view, told, filters, isTrash, actions } = list;
  const show = (words: string, part: Partial<Filters>): Act => ({
    place: "view",
    words,
    run: () => {
      if (isTrash) setPostState("active");
      setFilters({ ...filters, ...part });
    },
  });
  const other = view.layout === "grid" ? "table" : "grid";
  const openFilters = () => document.querySelector<HTMLElement>(".filters-button")?.click();
  return [
    { name: "undo", run: actions.undoLast },
    { name: "search", run: () => input.current?.select() },
    { name: "filter", place: "view", words: "Filters", run: openFilters },
    { name: "tray", place: "view", words: "Downloads", run: toggleTray },
    show("Show visible posts", { visibility: "visible" }),
    show("Show posts hidden by a moderator", { visibility: "moderated" }),
    { place: "view", words: "Show deleted posts", run: () => setPostState("deleted") },
    { place: "view", words: `Show as a ${other}`, run: () => setLayout(other) },
    { place: "view", words: `Export ${plural(told.length, "post")} as CSV`, run: () => saveCsv(told) },
  ];
}
