import "./styles/index.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { listenToOtherTabs } from "./actions/tabs";
import { prefetchPosts } from "./api/posts";
import { queryClient } from "./api/queries";
import { startLive } from "./live/live";
import { watchStyles } from "./lib/retryImport";
import { App, importFirstPage } from "./page/App";
import { showStoredTheme } from "./page/theme";
import { watchDrops } from "./ui/drop";

// First of all: the answer is on its way while everything else begins.
prefetchPosts();
showStoredTheme();
startLive();
watchDrops();
watchStyles();
listenToOtherTabs();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const page = createRoot(root);
void importFirstPage().then(() =>
  page.render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  ),
);
