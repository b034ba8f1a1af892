// One sound at a time.
document.addEventListener(
  "play",
  (event) => {
    for (const sound of document.querySelectorAll("audio")) if (sound !== event.target) sound.pause();
  },
  true,
);

// The line that names the author, or this page's address; where the clipboard is shut, it is chosen for a copy by keys.
for (const button of document.querySelectorAll("[data-copies]")) {
  const line = document.getElementById(button.dataset.copies);
  const words = button.querySelector("span") ?? button;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const text = line ? line.textContent : location.origin + location.pathname;
    try {
      await navigator.clipboard.writeText(text);
      words.textContent = button.dataset.copied;
    } catch {
      if (!line) words.textContent = text;
      getSelection().selectAllChildren(line ?? words);
    }
  });
}

const root = document.documentElement;
const toggle = document.getElementById("theme");
const isDark = () =>
  root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
const name = () => toggle.setAttribute("aria-label", isDark() ? toggle.dataset.light : toggle.dataset.dark);
toggle.hidden = false;
name();
toggle.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  name();
  try {
    localStorage.setItem("pmd.theme.visitor", root.dataset.theme);
  } catch {
    // For this page alone.
  }
});

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

// A report goes in the name of whom this browser is signed in as; the page itself knows nobody.
for (const form of document.querySelectorAll("[data-reports]")) {
  const part = form.parentElement;
  const status = part.querySelector("[role=status]");
  part.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [button, field] = [form.querySelector("button"), form.querySelector("textarea")];
    const { sent, stranger, failed, reports } = form.dataset;
    button.disabled = true;
    try {
      const body = new Blob([JSON.stringify({ reason: field.value })], { type: "application/json" });
      const answer = await fetch(reports, { method: "POST", body });
      form.hidden = answer.ok;
      const problem = answer.ok || answer.status === 401 ? {} : await answer.json();
      status.textContent = answer.ok ? sent : answer.status === 401 ? stranger : (problem.detail ?? failed);
    } catch {
      status.textContent = failed;
    }
    button.disabled = false;
  });
}
