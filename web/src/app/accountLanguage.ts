/**
 * E-mails are in the language of the page: from the first time that it is another than English, or as it was chosen here
 * (`pmd.language`). What was chosen in another browser stays otherwise.
 */
import { PMDError } from "@pmd/client";
import * as v from "valibot";

import { call, request } from "../data/client";
import { config, moderates } from "../data/config";
import { AccountLanguage } from "../data/schema";
import { type Language as Name, LANGUAGES } from "../platform/language";
import { readStored, writeStored } from "../platform/stored";

const LANGUAGE = "/api/pmd/language";
const CHOICE = "pmd.language";
/** What this browser had the service set: asked once, and not whenever the page is loaded. */
const SENT = `pmd.language.sent.${config.viewer.sqid}`;
const Language = v.picklist(Object.keys(LANGUAGES) as Name[]);
/** It was being sent when the page was left, to be loaded in another language: the service may have it or not. */
const SENDING = "sending";
const Sent = v.union([Language, v.literal(SENDING)]);

export async function followLanguage(): Promise<void> {
  const chosen = readStored(localStorage, CHOICE, Language);
  const shown = v.safeParse(Language, document.documentElement.lang);
  const wanted = chosen ?? (shown.success ? shown.output : "en");
  const sent = readStored(localStorage, SENT, Sent) ?? "en";
  if (moderates || wanted === sent) return;
  try {
    writeStored(localStorage, SENT, SENDING);
    const { language } = await request(AccountLanguage, "GET", LANGUAGE);
    if (chosen ? language !== wanted : language === null) await call("PUT", LANGUAGE, { body: { language: wanted } });
    writeStored(localStorage, SENT, wanted);
  } catch (error) {
    // When the page is loaded again.
    if (!(error instanceof PMDError)) throw error;
  }
}
