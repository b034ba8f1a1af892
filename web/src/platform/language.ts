/** In which language the page speaks: the browser's, unless another was chosen (`pmd.language`, in this browser). */
import * as v from "valibot";

import { readStored, writeStored } from "./stored";

/** Each in its own words, for whoever cannot read the others. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;
export type Language = keyof typeof LANGUAGES;

const KEY = "pmd.language";
/** `mirrored` is English in Arabic letters from right to left, to see what such a language needs: it is never offered. */
const Choice = v.picklist(["system", "en", "de", "mirrored"]);
export type Choice = v.InferOutput<typeof Choice>;

const isBrowser = typeof document !== "undefined" && typeof localStorage !== "undefined";

export const chosenLanguage: Choice = (isBrowser ? readStored(localStorage, KEY, Choice) : null) ?? "system";

/** The first of these that the page knows; English otherwise. */
function languageOf(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.split("-")[0]).find((name) => name !== undefined && name in LANGUAGES);
  return (known as Language | undefined) ?? "en";
}

export const isMirrored = chosenLanguage === "mirrored";
export const language: Language =
  chosenLanguage === "mirrored"
    ? "en"
    : chosenLanguage !== "system"
      ? chosenLanguage
      : languageOf(isBrowser ? navigator.languages : []);

/** The page is loaded again: its modules have their texts from the start. */
export function chooseLanguage(choice: Choice): void {
  writeStored(localStorage, KEY, choice);
  location.reload();
}
