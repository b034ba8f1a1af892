// Before anything is painted: the theme that this visitor chose. Where storage is shut, the system's.
try {
  const theme = localStorage.getItem("pmd.theme.visitor");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // The button works for this page alone.
}

// Addresses are kept in histories and bookmarks; the key has been read.
if (new URLSearchParams(location.search).has("key")) history.replaceState(history.state, "", location.pathname);
