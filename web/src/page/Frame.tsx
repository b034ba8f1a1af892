import { CircleHelp, ShieldAlert } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";

import { config, moderates } from "../api/config";
import { ModerationButton } from "../moderation/ModerationButton";
import icon from "../styles/icon.svg";
import { IconButton } from "../ui/Button";
import { useAnnouncement } from "../ui/announce";
import { useDropLabel } from "../ui/drop";
import { onHelpKey } from "../ui/keys";
import { Toasts } from "../ui/Toasts";
import { ConnectionIndicator } from "./ConnectionIndicator";
import { HelpDialog } from "./HelpDialog";
import { Navigation } from "./Navigation";
import { ThemeSwitch } from "./ThemeSwitch";

/** What stands around every page: whose it is, the navigation, what is told, and where files are dropped. */
export function Frame({ children }: { children: ReactNode }) {
  const announcement = useAnnouncement();
  const dropLabel = useDropLabel();
  const [isHelpOpen, setHelpOpen] = useState(false);
  useEffect(() => onHelpKey(() => setHelpOpen(true)), []);
  return (
    <div className="page" data-moderates={moderates}>
      <header>
        {moderates && <ModeratorBanner />}
        <div className="page-head">
          <a className="brand" href="/" aria-label={config.site_name}>
            <img src={icon} alt="" width={24} height={24} />
            <span className="wide-only">{config.site_name}</span>
          </a>
          <h1 className="cut" title={`@${config.subject.handle}`}>
            <bdi>@{config.subject.handle}</bdi>
          </h1>
          <Navigation />
          {config.is_moderator && <ModerationButton />}
          <ConnectionIndicator />
          <ThemeSwitch />
          <IconButton
            icon={CircleHelp}
            look="help"
            label="Help: keys"
            aria-keyshortcuts="?"
            title="Keys (?)"
            onClick={() => setHelpOpen(true)}
          />
        </div>
      </header>
      <main>{children}</main>
      <Toasts />
      <div className="visually-hidden" role="status" aria-live="polite">
        {announcement}
      </div>
      {dropLabel && (
        <div className="drop-overlay" aria-hidden>
          <p>{dropLabel}</p>
        </div>
      )}
      {isHelpOpen && <HelpDialog onClose={() => setHelpOpen(false)} />}
    </div>
  );
}

function ModeratorBanner() {
  return (
    <p className="moderator-banner" role="note">
      <ShieldAlert aria-hidden />
      <span>
        You are moderating the posts of{" "}
        <strong>
          <bdi>@{config.subject.handle}</bdi>
        </strong>
        <span className="wide-only">
          {" "}
          as <bdi>@{config.viewer.handle}</bdi>. What you hide, the artist cannot show again.
        </span>
      </span>
    </p>
  );
}
