/** Hashtags as people type them: "#sky, sea  sky" are two. */
export function tagsOf(text: string): string[] {
  return [...new Set(text.split(/[\s,#]+/).filter(Boolean))];
}
