import { CircleHelp, ShieldAlert } from "lucide-react";
import type { ReactNode } from "react";

import { config, moderates } from "../api/config";
import type { Connection } from "../downloads/stream";
import icon from "../styles/icon.svg";
import { useAnnouncement } from "../ui/announce";
import { ConnectionIndicator } from "./ConnectionIndicator";
import { ThemeSwitch } from "./ThemeSwitch";

export type View = "posts" | "downloads";

interface Props {
  connection: Connection;
  view: View;
  /** How many downloads are unfinished. */
  building: number;
  posts: ReactNode;
  downloads: ReactNode;
  onView: (view: View) => void;
  onHelp: () => void;
}

/** The page's frame: whose posts these are, above all; posts and downloads side by side, or in turn where it is narrow. */
export function PMDLayout({ connection, view, building, posts, downloads, onView, onHelp }: Props) {
  const announcement = useAnnouncement();
  return (
    <div className="page" data-moderates={moderates}>
      <header>
        {moderates && (
          <p className="moderator-banner" role="note">
            <ShieldAlert aria-hidden />
            <span>
              You are moderating the posts of <strong>@{config.subject.handle}</strong>
              <span className="wide-only">
                {" "}
                as @{config.viewer.handle}. What you hide, the artist cannot show again.
              </span>
            </span>
          </p>
        )}
        <div className="page-head">
          <a className="brand" href={config.site_url} aria-label={config.site_name}>
            <img src={icon} alt="" width={24} height={24} />
            <span className="wide-only">{config.site_name}</span>
          </a>
          <h1>
            <span className="wide-only">
              Posts <span className="muted">of</span>{" "}
            </span>
            @{config.subject.handle}
          </h1>
          <nav className="views" aria-label="Views">
            <button type="button" aria-pressed={view === "posts"} onClick={() => onView("posts")}>
              Posts
            </button>
            <button type="button" aria-pressed={view === "downloads"} onClick={() => onView("downloads")}>
              Downloads
              {building > 0 && <span className="bubble">{building}</span>}
            </button>
          </nav>
          <ConnectionIndicator connection={connection} />
          <ThemeSwitch />
          <button
            type="button"
            className="icon-button wide-only"
            aria-label="Help: keys"
            aria-keyshortcuts="?"
            title="Keys (?)"
            onClick={onHelp}
          >
            <CircleHelp aria-hidden />
          </button>
        </div>
      </header>
      <main className="panels" data-view={view}>
        {posts}
        {downloads}
      </main>
      <div className="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </div>
    </div>
  );
}
