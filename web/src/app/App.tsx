import { type ComponentType, lazy, type LazyExoticComponent, useEffect, useRef } from "react";

import { config } from "../data/config";
import { currentPage, usePageName } from "../platform/address";
import { focusShown } from "../platform/keptFocus";
import { type PageName, PAGES } from "../platform/parameters";
import { importOnce, retryImport } from "../platform/retryImport";
import { Boundary } from "../ui/Boundary";
import { BrokenPage, LazyPage } from "../ui/Lazy";
import { Background } from "./Background";
import { PMDLayout } from "./PMDLayout";
import { pageNames } from "./places";
import { SessionDialogs } from "./SessionDialogs";
import { SharedDialogs } from "./SharedDialogs";

/** Pages are code-split and loaded when they are opened. */
const imports: Record<PageName, () => Promise<{ default: ComponentType }>> = {
  posts: () => import("./PostsPage"),
  publish: () => import("../features/desk/DeskPage"),
  library: () => import("../features/library/LibraryPage"),
  uploads: () => import("../features/uploads/UploadsPage"),
  packs: () => import("../features/packs/PacksPage"),
  tasks: () => import("../features/tasks/TasksPage"),
  insights: () => import("../features/insights/InsightsPage"),
  settings: () => import("../features/settings/SettingsPage"),
  ops: () => import("../features/console/ConsolePage"),
};

const pages = Object.fromEntries(PAGES.map((name) => [name, lazy(retryImport(imports[name]))])) as Record<
  PageName,
  LazyExoticComponent<ComponentType>
>;

let first: { name: PageName; Page: ComponentType } | null = null;

/**
 * Loads the first page's chunk before rendering, without a Suspense fallback: React shows a fallback for at least 300 ms.
 * A chunk that fails to load is reported where the page would render.
 */
export async function importFirstPage(): Promise<void> {
  const name = currentPage();
  try {
    first = { name, Page: (await importOnce(imports[name])).default };
  } catch {
    first = null;
  }
}

export function App() {
  const page = usePageName();
  const Page = page === first?.name ? first.Page : pages[page];
  const before = useRef(page);
  useEffect(() => {
    document.title = `${pageNames[page]} · ${config.site_name}`;
    if (page !== before.current) focusShown();
    before.current = page;
  }, [page]);
  return (
    <>
      <PMDLayout>
        <Boundary key={page} fallback={() => <BrokenPage />}>
          <LazyPage>
            <Page />
          </LazyPage>
        </Boundary>
      </PMDLayout>
      <Background />
      <SharedDialogs />
      <SessionDialogs />
    </>
  );
}
