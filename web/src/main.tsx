import "sonner/dist/styles.css";
import "./styles/index.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Toaster } from "sonner";

import { queryClient } from "./api/queries";
import { PMDPage } from "./page/PMDPage";
import { showStoredTheme } from "./page/theme";

showStoredTheme();
const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <PMDPage />
      <Toaster position="bottom-left" offset={{ bottom: 52, left: 12 }} mobileOffset={{ bottom: 172 }} closeButton />
    </QueryClientProvider>
  </StrictMode>,
);
