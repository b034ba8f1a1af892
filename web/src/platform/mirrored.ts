/** English in Arabic letters, to see the page from right to left without knowing a language that is written so. */
import { type CompiledMessage, compileMessage } from "@lingui/message-utils/compileMessage";

const LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنه";

/** What stands in angle brackets is an element's place. */
const inLetters = (text: string) =>
  text.replace(/<[^>]*>|[a-z]/gi, (found) =>
    found.length > 1 ? found : (LETTERS[found.toLowerCase().charCodeAt(0) - 97] ?? found),
  );

export const mirrored = (text: string): CompiledMessage => compileMessage(text, inLetters);
