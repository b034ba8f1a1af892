/** Stacks by hand: of the selected files, or of the file at the cursor. */
import { plural, t } from "@lingui/core/macro";
import { BringToFront, Layers, Layers2 } from "lucide-react";

import type { Command } from "../../commands/commands";
import type { Asset } from "../../data/assets/schema";
import { MAX_IDS } from "../../platform/lists";
import { indexIn } from "../../platform/selection";
import { stacksOf } from "./rows";
import type { LibraryActions } from "./useActions";
import type { Items } from "./windows";

interface Options {
  items: Items;
  /** Whether the list shows stacks. */
  isGrouped: boolean;
  targets: readonly Asset[];
  selected: readonly Asset[];
  actions: Pick<LibraryActions, "decide" | "stack">;
  onStacked: (top: Asset) => void;
}

export function stackOffersOf({ items, isGrouped, targets, selected, actions, onStacked }: Options): Command[] {
  const stacks = isGrouped ? stacksOf(items, targets) : [];
  const count = stacks.flat().length;
  const [target] = targets;
  const top = targets.length === 1 ? stacks[0]?.[0] : undefined;
  const stack = async () => {
    const files = topFirst(items, selected, stacks);
    const taken = stacks.filter(([top]) => top && selected.includes(top)).flat(); // what is below comes along
    if (files && (await actions.stack(files, new Set([...files, ...taken]).size))) onStacked(files[0]);
  };
  const onTop: Command[] =
    top && target && top.id !== target.id
      ? [
          {
            name: "onTop",
            icon: BringToFront,
            run: () => void actions.decide("stack", [[target, top]], t`${target.name} is on top of its stack.`),
          },
        ]
      : [];
  const unstack: Command = {
    name: "unstack",
    icon: Layers2,
    run: () =>
      void actions.decide("unstack", stacks, t`${plural(count, { one: "# file", other: "# files" })} in no stack.`),
  };
  return [
    { name: "stack", label: t`Stack`, icon: Layers, disabledReason: whyNot(selected), run: () => void stack() },
    ...onTop,
    ...(stacks.length > 0 ? [unstack] : []),
  ];
}

function whyNot(selected: readonly Asset[]): string | null {
  if (selected.length < 2 || selected.length > MAX_IDS) return t`select 2 to ${MAX_IDS} files`;
  return selected.some(({ parent_asset_id: original }) => original !== null)
    ? t`a task’s result stays with its original`
    : null;
}

/** What is on top of a stack stays there; else the first of them in the list comes on top. */
function topFirst(items: Items, selected: readonly Asset[], stacks: readonly (readonly Asset[])[]) {
  const placeOf = ({ id }: Asset) => indexIn(items, id);
  const files = [...selected].sort((a, b) => placeOf(a) - placeOf(b));
  const tops = new Set(stacks.map(([top]) => top?.id));
  const top = files.find(({ id }) => tops.has(id)) ?? files[0];
  return top && ([top, ...files.filter((file) => file !== top)] as const);
}
