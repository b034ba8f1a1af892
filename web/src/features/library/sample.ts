/** The sample of the first day: what tells its files from others, and taking them away. */
import { request } from "../../data/client";
import { AssetPage } from "../../data/assets/schema";
import { act, listAssets } from "./api";

export const SAMPLE_FOLDER = "Small island";
export const SAMPLE_SOURCE = "Sample: Small island";

export const isInSample = (folder: string) => folder.split("/")[0] === SAMPLE_FOLDER;

/** The ids of its files, at most this many. */
const MAX_FILES = 512;

async function sampleIds(state: Record<string, string>): Promise<number[]> {
  const { items } = await listAssets({ folder: SAMPLE_FOLDER, ...state }, 0, MAX_FILES);
  return items.filter(({ source }) => source === SAMPLE_SOURCE).map(({ id }) => id);
}

/** Whether there is a file of it. */
export async function hasSample(signal: AbortSignal): Promise<boolean> {
  const query = { folder: SAMPLE_FOLDER, limit: "128" };
  const { items } = await request(AssetPage, "GET", "/api/pmd/assets", { query, signal });
  return items.some(({ source }) => source === SAMPLE_SOURCE);
}

/** Deletes its files for good; what was made of them, and what a pack or a post needs, stays. Resolves to how many. */
export async function removeSample(): Promise<number> {
  const ids = [...(await sampleIds({})), ...(await sampleIds({ state: "trash" }))];
  await act("trash", ids);
  await act("purge", ids);
  return ids.length;
}
