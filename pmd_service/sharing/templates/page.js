// One sound at a time.
document.addEventListener(
  "play",
  (event) => {
    for (const sound of document.querySelectorAll("audio")) if (sound !== event.target) sound.pause();
  },
  true,
);

// The line that names the author; where the clipboard is shut, it is chosen for a copy by keys.
for (const button of document.querySelectorAll("[data-copies]")) {
  const line = document.getElementById(button.dataset.copies);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(line);
    }
  });
}

// Who wants no movement sees a still, and the rest of it under the mouse.
function still(picture) {
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth;
  canvas.height = picture.naturalHeight;
  canvas.getContext("2d").drawImage(picture, 0, 0);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", picture.alt);
  picture.after(canvas);
}
if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
  for (const picture of document.querySelectorAll("[data-moves] img")) {
    if (picture.complete && picture.naturalWidth) still(picture);
    else picture.addEventListener("load", () => still(picture), { once: true });
  }
}
