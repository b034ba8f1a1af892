/** The type of what tiles of a pack are dragged as: other pages' things are not dropped on its folders. */
export const IS_DRAGGED = "application/x-pmd-packed";
