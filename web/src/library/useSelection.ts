import { useCallback, useMemo, useState } from "react";

import { keepExisting, noSelection, type Selection } from "../lib/selection";
import type { Asset } from "./schema";

/** Which files are selected: of what the filters show, so that nobody changes what they do not see. */
export function useSelection(assets: readonly Asset[], isComplete: boolean) {
  const [selection, setSelection] = useState<Selection>(noSelection);
  const byId = useMemo(() => new Map(assets.map((asset) => [asset.id, asset])), [assets]);
  // What the list no longer holds is no longer selected: put right while drawing, before anybody sees it.
  const existing = isComplete ? keepExisting(selection, (id) => byId.has(id)) : selection;
  if (existing !== selection) setSelection(existing);
  const selected = useMemo(() => assets.filter(({ id }) => selection.ids.has(id)), [assets, selection.ids]);
  const select = useCallback((change: (selection: Selection) => Selection) => setSelection(change), []);
  return { selection, selected, select, byId };
}
