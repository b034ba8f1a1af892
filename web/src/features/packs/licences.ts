import type { LicenseType } from "./schema";

/** The kinds of licence that a pack can have, each explained in three lines: may, must, must not. */

interface Words {
  readonly title: string;
  readonly May: string;
  readonly Must: string;
  readonly "Must not": string;
}

export const licenseWords: Record<LicenseType, Words> = {
  royalty_free: {
    title: "Free for anything",
    May: "Use it for anything, including commercially, changed or unchanged.",
    Must: "Nothing. No credit needed.",
    "Must not": "Claim they made it.",
  },
  attribution: {
    title: "Free with credit",
    May: "Use it for anything, including commercially, changed or unchanged.",
    Must: "Credit you, and say what they changed.",
    "Must not": "Remove the credit, or add their own terms.",
  },
  commercial: {
    title: "Sell what you make with it",
    May: "Use it in games, films and prints they sell.",
    Must: "Credit the files that require it.",
    "Must not": "Resell or share the files themselves.",
  },
  personal: {
    title: "Non-commercial",
    May: "Use it personally, at school, in free projects.",
    Must: "Credit you.",
    "Must not": "Make money with it.",
  },
  editorial: {
    title: "News and teaching",
    May: "Use it in news, commentary and lessons, including paid ones.",
    Must: "Credit you.",
    "Must not": "Use it in ads or on merchandise, or alter what it shows.",
  },
  custom: {
    title: "Custom",
    May: "See your text below.",
    Must: "See your text below.",
    "Must not": "Anything else. Files whose licence has its own terms cannot be included.",
  },
};

export const LICENSE_TYPES = Object.keys(licenseWords) as LicenseType[];

/** The licences that fit each kind; null is our own plain text. */
export const fitting: Record<LicenseType, readonly (string | null)[]> = {
  royalty_free: [null, "CC0-1.0"],
  attribution: ["CC-BY-4.0", "CC-BY-SA-4.0"],
  commercial: [null],
  personal: [null, "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "CC-BY-NC-ND-4.0"],
  editorial: [null],
  custom: [null],
};
