import "./styles/index.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { listenToOtherTabs } from "./actions/tabs";
import { queryClient } from "./api/queries";
import { startLive } from "./live/live";
import { App } from "./page/App";
import { showStoredTheme } from "./page/theme";
import { watchDrops } from "./ui/drop";

showStoredTheme();
startLive();
watchDrops();
listenToOtherTabs();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
