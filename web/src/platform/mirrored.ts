/** English in Arabic letters, to see the page from right to left without knowing a language that is written so. */
import type { compileMessage } from "@lingui/message-utils/compileMessage";

type Compile = typeof compileMessage;

const LETTERS = "ابتثجحخدذرزسشصضطظعغفقكلمنه";

/** What stands in angle brackets is an element's place. */
const inLetters = (text: string) =>
  text.replace(/<[^>]*>|[a-z]/gi, (found) =>
    found.length > 1 ? found : (LETTERS[found.toLowerCase().charCodeAt(0) - 97] ?? found),
  );

// The compiler is given: its module waits for this one.
export const mirrored =
  (compile: Compile): Compile =>
  (text) =>
    compile(text, inLetters);
