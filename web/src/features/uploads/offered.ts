/** Dropped or chosen files that await confirmation. */
import { plural, t } from "@lingui/core/macro";

import { createStore, useStore } from "../../platform/store";
import { toast } from "../../ui/toast";
import { type Choice, fromInput } from "./chosen";
import { resumeWith } from "./sender";

const offered = createStore<Choice | null>(null);

/** Resume open uploads with the files they wait for; ask about the rest. */
export function offer(choice: Choice): void {
  const { resumed, others } = resumeWith(choice.files);
  if (resumed > 0) toast.success(t`Resuming ${plural(resumed, { one: "# file", other: "# files" })}.`);
  if (others.length > 0) offered.set({ ...choice, files: others });
  else if (resumed === 0) {
    const [first] = choice.leftOut;
    const only = first && t` “${first.path}” and the like are hidden or unfinished, and left out.`;
    toast.info(t`There are no files to upload in it.${only ?? ""}`);
  }
}

/** For a file input. Clearing its value lets the same files be chosen again, to resume an upload. */
export function offerChosen({ target }: { target: HTMLInputElement }): void {
  const files = [...(target.files ?? [])];
  target.value = "";
  if (files.length > 0) offer(fromInput(files));
}

/** Another one that has been dropped since stays. */
export function dismissOffer(choice: Choice): void {
  if (offered.get() === choice) offered.set(null);
}
export const useOffered = () => useStore(offered);
