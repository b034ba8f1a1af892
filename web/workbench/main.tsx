/** The components of `ui` by themselves: each story is a function that a file `*.stories.tsx` exports. */
import "../src/styles/tokens.css";
import "../src/styles/base.css";
import "../src/styles/frame.css";
import "../src/ui/PageBody.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ComponentType, StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Boundary } from "../src/ui/Boundary";
import { Toasts } from "../src/ui/Toasts";

const files = import.meta.glob<Record<string, ComponentType>>("../src/**/*.stories.tsx", { eager: true });
const stories = Object.entries(files).flatMap(([path, file]) => {
  const component = /(\w+)\.stories/.exec(path)?.[1] ?? path;
  return Object.entries(file).map(([name, Story]) => ({ id: `${component}/${name}`, Story }));
});

function Workbench() {
  const chosen = decodeURIComponent(location.hash.slice(1));
  const shown = stories.filter(({ id }) => !chosen || id.startsWith(chosen));
  return (
    <div className="page-content">
      <nav className="buttons" aria-label="Stories">
        {["", ...stories.map(({ id }) => id)].map((id) => (
          <a key={id} href={`#${id}`} aria-current={id === chosen ? "page" : undefined}>
            {id || "All"}
          </a>
        ))}
      </nav>
      {shown.map(({ id, Story }) => (
        <section key={id} aria-label={id}>
          <h2 className="over">{id}</h2>
          <Boundary fallback={() => <p role="alert">{id} cannot be drawn.</p>}>
            <Story />
          </Boundary>
        </section>
      ))}
      <Toasts />
    </div>
  );
}

const queryClient = new QueryClient();
const root = createRoot(document.getElementById("root") ?? document.body);
const show = () =>
  root.render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Workbench />
      </QueryClientProvider>
    </StrictMode>,
  );
window.addEventListener("hashchange", show);
show();
