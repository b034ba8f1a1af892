import { Component, type ComponentType, lazy, type LazyExoticComponent, type ReactNode, useEffect } from "react";

import { config } from "../api/config";
import { currentPage, type PageName, PAGES, usePageName } from "../lib/address";
import { importOnce, retryImport } from "../lib/retryImport";
import { Button } from "../ui/Button";
import { LazyPage, reloadPage } from "../ui/Lazy";
import { Background } from "./Background";
import { PMDLayout } from "./PMDLayout";
import { pageNames } from "./places";
import { SessionDialogs } from "./SessionDialogs";

/** Pages are code-split and loaded when they are opened. */
const imports: Record<PageName, () => Promise<{ default: ComponentType }>> = {
  posts: () => import("../posts/PostsPage"),
  library: () => import("../library/LibraryPage"),
  uploads: () => import("../uploads/UploadsPage"),
  packs: () => import("../packs/PacksPage"),
  tasks: () => import("../tasks/TasksPage"),
  settings: () => import("../settings/SettingsPage"),
  ops: () => import("../console/ConsolePage"),
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
  useEffect(() => {
    document.title = `${pageNames[page]} · ${config.site_name}`;
  }, [page]);
  return (
    <>
      <PMDLayout>
        <ErrorBoundary key={page}>
          <LazyPage>
            <Page />
          </LazyPage>
        </ErrorBoundary>
      </PMDLayout>
      <Background />
      <SessionDialogs />
    </>
  );
}

/** A page that throws shows an error; the navigation stays. */
class ErrorBoundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <div className="empty" role="alert">
        <p>Something went wrong while showing this page. Nothing you saved is lost.</p>
        <Button look="primary" onClick={reloadPage}>
          Reload
        </Button>
      </div>
    );
  }
}
