import { type ComponentType, lazy, type LazyExoticComponent, Suspense, useEffect } from "react";

import { config } from "../api/config";
import { type PageName, usePageName } from "../lib/address";
import { Background } from "./Background";
import { Broken } from "./Broken";
import { Frame } from "./Frame";
import { pageTitle } from "./Navigation";
import { SessionOver } from "./SessionOver";

/** Each page is a piece of its own, fetched when it is opened. */
const pages: Record<PageName, LazyExoticComponent<ComponentType>> = {
  posts: lazy(() => import("../posts/PostsPage")),
  library: lazy(() => import("../library/LibraryPage")),
  uploads: lazy(() => import("../uploads/UploadsPage")),
  packs: lazy(() => import("../packs/PacksPage")),
  tasks: lazy(() => import("../tasks/TasksPage")),
};

export function App() {
  const page = usePageName();
  const Page = pages[page];
  useEffect(() => {
    document.title = `${pageTitle(page)} · ${config.site_name}`;
  }, [page]);
  return (
    <>
      <Frame>
        <Broken key={page}>
          <Suspense fallback={<div className="page-loading" aria-busy />}>
            <Page />
          </Suspense>
        </Broken>
      </Frame>
      <Background />
      <SessionOver />
    </>
  );
}
