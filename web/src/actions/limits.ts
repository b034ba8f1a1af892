/** The site's limits of a post's texts; the service has the last word. */
export const LIMITS = { title: 128, description: 5000, hashtags: 64, hashtag: 64 } as const;
