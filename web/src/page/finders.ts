/** Who finds things for the palette, in the order in which they stand there. */
import type { Finder } from "../ui/palette";
import { fileFinder } from "../library/finder";
import { postFinder } from "../posts/finder";

export const finders: readonly Finder[] = [postFinder, fileFinder];
