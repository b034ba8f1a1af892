/** For so many days a change of posts, or an import, can be undone; the service's number (tests/dashboard/test_limits.py). */
export const UNDO_DAYS = 30;
