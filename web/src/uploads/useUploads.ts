import { useMemo } from "react";

import { useConnection, useLiveItems } from "../live/live";
import { useUploadList } from "./api";
import { Upload } from "./schema";
import { newestFirst } from "./uploads";

/** How often the list is asked for while no stream can be had. */
const POLL_MS = 5000;

/** The newest uploads, live; `onChange` hears of each that changes before our eyes. */
export function useUploads(onChange: (upload: Upload, before: Upload | undefined) => void = () => undefined) {
  const connection = useConnection();
  const { data, error, refetch } = useUploadList(connection === "live" ? false : POLL_MS);
  const listed = useMemo(() => data?.map((item) => ({ id: item.id, item })) ?? null, [data]);
  const { items } = useLiveItems("upload", Upload, listed, onChange);
  const uploads = useMemo(() => (items ? [...items.values()].sort(newestFirst) : null), [items]);
  return { uploads, error: uploads ? null : error, retry: () => void refetch() };
}
