import { useMemo } from "react";

import { useLiveList } from "../live/useLiveList";
import { listUploads, UPLOADS } from "./api";
import { Upload } from "./schema";
import { newestFirst } from "./uploads";

/** The newest uploads, live; `onChange` hears of each that changes before our eyes. */
export function useUploads(onChange?: (upload: Upload, before: Upload | undefined) => void) {
  const { items, error, retry } = useLiveList({
    kind: "upload",
    schema: Upload,
    queryKey: UPLOADS,
    queryFn: ({ signal }) => listUploads(signal),
    pollMs: 5000,
    onChange,
  });
  const uploads = useMemo(() => (items ? [...items.values()].sort(newestFirst) : null), [items]);
  return { uploads, error, retry };
}
