import { type ComponentType, lazy, type LazyExoticComponent, Suspense, useEffect } from "react";

import { config } from "../api/config";
import { currentPage, type PageName, usePageName } from "../lib/address";
import { Background } from "./Background";
import { Broken } from "./Broken";
import { PMDLayout } from "./PMDLayout";
import { pageNames } from "./places";
import { SessionOver } from "./SessionOver";

type Page = ComponentType;

/** Each page is a piece of its own, fetched when it is opened. */
const pieces: Record<PageName, () => Promise<{ default: Page }>> = {
  posts: () => import("../posts/PostsPage"),
  library: () => import("../library/LibraryPage"),
  uploads: () => import("../uploads/UploadsPage"),
  packs: () => import("../packs/PacksPage"),
  tasks: () => import("../tasks/TasksPage"),
  ops: () => import("../console/ConsolePage"),
};

const pages: Record<PageName, LazyExoticComponent<Page>> = {
  posts: lazy(pieces.posts),
  library: lazy(pieces.library),
  uploads: lazy(pieces.uploads),
  packs: lazy(pieces.packs),
  tasks: lazy(pieces.tasks),
  ops: lazy(pieces.ops),
};

let first: { name: PageName; Page: Page } | null = null;

/**
 * Fetches the piece that is opened first, so that it is drawn with the frame and not behind a fallback: React keeps one
 * that it has drawn for at least 300 ms. A piece that does not come is told of where it would be drawn.
 */
export async function fetchFirstPiece(): Promise<void> {
  const name = currentPage();
  try {
    first = { name, Page: (await pieces[name]()).default };
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
        <Broken key={page}>
          <Suspense fallback={<div className="page-loading" aria-busy />}>
            <Page />
          </Suspense>
        </Broken>
      </PMDLayout>
      <Background />
      <SessionOver />
    </>
  );
}
