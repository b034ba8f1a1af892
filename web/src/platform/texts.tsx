/**
 * What the macros of Lingui become: texts in the page's language, found by their English.
 *
 * This module waits for the catalogue, and so does every module with a text: `t` may stand outside of functions.
 */
import { i18n, type Messages } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { TransNoContext } from "@lingui/react/server";
import { type ComponentProps, Fragment } from "react";

import { isMirrored, language } from "./language";

type Compile = typeof compileMessage;
type Values = Record<string, unknown>;
type TransProps = Omit<ComponentProps<typeof TransNoContext>, "lingui" | "render" | "component">;

/** A text that the catalogue lacks, and all of English, is compiled when it is first shown. */
function remembered(compile: Compile): Compile {
  const known = new Map<string, ReturnType<Compile>>();
  return (text) => {
    let message = known.get(text);
    if (message === undefined) known.set(text, (message = compile(text)));
    return message;
  };
}

/** If the catalogue cannot be loaded, the page speaks English. */
async function loadMessages(): Promise<Messages> {
  try {
    return (await import("../locales/de.po")).messages;
  } catch (error) {
    reportError(error);
    return {};
  }
}

const compile = isMirrored ? (await import("./mirrored")).mirrored(compileMessage) : compileMessage;
i18n.setMessagesCompiler(remembered(compile));
i18n.loadAndActivate({ locale: language, messages: language === "en" ? {} : await loadMessages() });
if (typeof document !== "undefined") {
  document.documentElement.lang = language;
  document.documentElement.dir = isMirrored ? "rtl" : "ltr";
}

export { i18n };

/** A text of the service's records: a title, a licence's term, a parameter's help (locales/records.ts). */
export const translated = (text: string): string => (Object.hasOwn(i18n.messages, text) ? i18n._(text) : text);

/** A name may contain what looks like a place of ours in a sentence: `<0/>`. As an element it is shown as it is. */
function withoutTags(values: Values): Values {
  const shown = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" && value.includes("<") ? <Fragment>{value}</Fragment> : value,
  ]);
  return Object.fromEntries(shown) as Values;
}

const lingui = { i18n } as ComponentProps<typeof TransNoContext>["lingui"];

/** A sentence with elements in it. */
export function Trans({ values, ...others }: TransProps) {
  return <TransNoContext {...others} {...(values && { values: withoutTags(values) })} lingui={lingui} />;
}
