/** What each page is for, in one sentence: on the first day, and where a page is empty. */
export const purposes = {
  posts: "What is public: edit, hide, download, answer moderators.",
  publish: "Drafts and the queue: titles, alt texts, days.",
  library: "Every file, private. Look, compare, sort.",
  uploads: "What came, what was there, what was left out.",
  packs: "Sets for others to download, in editions.",
  tasks: "Enlarge, recolour, clean: always beside the original.",
} as const;
