/** Asks before the page is left while changes are being saved. */
let saving = 0;

window.addEventListener("beforeunload", (event) => {
  if (saving > 0) event.preventDefault();
});

export async function savingBeforeUnload(save: () => Promise<void>): Promise<void> {
  saving += 1;
  try {
    await save();
  } finally {
    saving -= 1;
  }
}
