import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/rtl.css";
import "./styles/frame.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { listenToOtherTabs } from "./data/changes/tabs";
import { watchErrors } from "./data/clientErrors";
import { prefetchPosts } from "./data/posts";
import { queryClient } from "./data/queries";
import { startLive } from "./data/live/live";
import { watchStyles } from "./platform/retryImport";
import { App, importFirstPage } from "./app/App";
import { showStoredTheme } from "./app/theme";
import { watchDrops } from "./ui/drop";

watchErrors();
// First of all: the answer is on its way while everything else begins.
prefetchPosts();
showStoredTheme();
startLive();
watchDrops();
watchStyles();
listenToOtherTabs();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
// What an error boundary catches is an error all the same: in the console, and for `watchErrors`.
const page = createRoot(root, { onCaughtError: (error) => reportError(error) });
void importFirstPage().then(() =>
  page.render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
