/** Files that were dropped or chosen, wherever on the page, and wait for the visitor's word. */
import { plural } from "../lib/format";
import { createStore, useStore } from "../lib/store";
import { toast } from "../ui/toast";
import { type Choice, fromInput } from "./chosen";
import { takeAgain } from "./sender";

const offered = createStore<Choice | null>(null);

/** What open uploads still wait for goes on there at once; what is left is asked about. */
export function offer(choice: Choice): void {
  const { resumed, others } = takeAgain(choice.files);
  if (resumed > 0) toast.success(`${plural(resumed, "file goes", "files go")} on where it was interrupted.`);
  if (others.length > 0) offered.set({ ...choice, files: others });
  else if (resumed === 0) toast.info("There is no file in it that could be uploaded.");
}

/** For a file input. The same files can be chosen again later: that is how an interrupted upload goes on. */
export function offerChosen({ target }: { target: HTMLInputElement }): void {
  const files = [...(target.files ?? [])];
  target.value = "";
  if (files.length > 0) offer(fromInput(files));
}

export const withdraw = () => offered.set(null);
export const useOffered = () => useStore(offered);
