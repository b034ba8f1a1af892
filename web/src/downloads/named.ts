/**
 * What the artist calls a download, and which posts it holds, as this browser remembers them: the service keeps the
 * posts of a request to itself.
 */
import * as v from "valibot";

import { config } from "../api/config";
import { useStored } from "../lib/stored";

const Named = v.record(v.string(), v.object({ name: v.string(), posts: v.array(v.number()) }));
const MOST = 60;
const none: v.InferOutput<typeof Named> = {};

export function useNamedDownloads() {
  const [named, setNamed] = useStored(`pmd.downloads.${config.subject.sqid}`, Named, none);
  return {
    nameOf: (id: string) => named[id]?.name ?? "",
    postsOf: (id: string) => named[id]?.posts ?? null,
    remember: (id: string, posts: number[], name: string) =>
      setNamed((all) => Object.fromEntries([...Object.entries(all), [id, { name, posts }] as const].slice(-MOST))),
    rename: (id: string, name: string) => setNamed((all) => ({ ...all, [id]: { posts: all[id]?.posts ?? [], name } })),
  };
}
