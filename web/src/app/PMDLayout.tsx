import "./PMDLayout.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleHelp, Settings, Shield, ShieldAlert, SquareTerminal } from "lucide-react";
import { lazy, type ReactNode, useEffect, useLayoutEffect, useState } from "react";

import { config, moderates } from "../data/config";
import { TrayButton } from "./TrayButton";
import { go, onTraversal } from "../platform/address";
import { retryImport } from "../platform/retryImport";
import { useConnection } from "../data/live/live";
import type { Connection } from "../data/live/messages";
import icon from "../styles/icon.svg";
import { type Command, listenForShortcuts, useCommands } from "../commands/commands";
import { keepFocus } from "../platform/keptFocus";
import { ignoreSecondClicks } from "../platform/secondClick";
import { useAnnouncement } from "../ui/announce";
import { useRovingTabIndex } from "../ui/Bar";
import { Boundary } from "../ui/Boundary";
import { IconButton } from "../ui/Button";
import { useDialog } from "../ui/useDialog";
import { useDropLabel } from "../ui/drop";
import { LazyDialog } from "../ui/Lazy";
import { StatusBar } from "../commands/StatusBar";
import { Menu } from "../commands/Menu";
import { closeMenu, openMenuAtCursor } from "../commands/menu";
import { closePalette, openPalette, usePalette } from "../ui/palette";
import { Toasts } from "../ui/Toasts";
import { Navigation } from "./Navigation";
import { OfflineStrip } from "./OfflineStrip";
import { goByKey } from "./places";
import { ThemeSwitch, useThemeCommand } from "./ThemeSwitch";

const KeysDialog = lazy(retryImport(() => import("./KeysDialog")));
const MessagesDialog = lazy(retryImport(() => import("./MessagesDialog")));
const ModerationDialog = lazy(retryImport(() => import("../features/moderation/ModerationDialog")));
const Palette = lazy(retryImport(() => import("./Palette")));

/** The frame of every page: header, navigation, status bar, toasts, shortcuts and the global drop target. */
export function PMDLayout({ children }: { children: ReactNode }) {
  const dropLabel = useDropLabel();
  const isPaletteOpen = usePalette();
  const [opened, setOpened] = useState<"keys" | "messages" | null>(null);
  useGlobalCommands(setOpened);
  return (
    <div className="page" data-moderates={moderates}>
      <header>
        {moderates && <ModeratorBanner />}
        <div className="page-head">
          <a className="brand beside" href="/" aria-label={config.site_name}>
            <img src={icon} alt="" width={16} height={16} />
            <span>{config.site_name}</span>
          </a>
          <Navigation />
          <Tools onHelp={() => setOpened("keys")} />
          <ConnectionIndicator />
          <h1 className="cut" title={`@${config.subject.handle}`}>
            <bdi>@{config.subject.handle}</bdi>
          </h1>
        </div>
      </header>
      <OfflineStrip />
      <main>{children}</main>
      <StatusBar />
      <Toasts />
      <Boundary fallback={() => null}>
        <Menu />
      </Boundary>
      <Announcements />
      {dropLabel && (
        <div className="drop-overlay" aria-hidden>
          <p>{dropLabel}</p>
        </div>
      )}
      <LazyDialog
        onClose={() => {
          setOpened(null);
          closePalette();
        }}
      >
        {opened === "keys" && <KeysDialog onClose={() => setOpened(null)} />}
        {opened === "messages" && <MessagesDialog onClose={() => setOpened(null)} />}
        {isPaletteOpen && <Palette onClose={closePalette} />}
      </LazyDialog>
    </div>
  );
}

/** A component of its own: announcements render nothing else. */
function Announcements() {
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {useAnnouncement()}
    </div>
  );
}

/** Commands available on every page. */
function useGlobalCommands(open: (what: "keys" | "messages") => void): void {
  const theme = useThemeCommand();
  const commands: Command[] = [
    { name: "palette", run: openPalette },
    { name: "help", label: t`Keyboard shortcuts`, icon: CircleHelp, run: () => open("keys") },
    { name: "menu", run: openMenuAtCursor },
    { name: "go", run: (key) => (key === "g m" ? open("messages") : goByKey(key)) },
    theme,
  ];
  useCommands(commands);
  useLayoutEffect(listenForShortcuts, []);
  useLayoutEffect(keepFocus, []);
  useLayoutEffect(ignoreSecondClicks, []);
  useEffect(() => onTraversal(closeMenu), []);
}

function Tools({ onHelp }: { onHelp: () => void }) {
  const toolbar = useRovingTabIndex<HTMLDivElement>();
  return (
    <div className="buttons" role="toolbar" aria-label={t`Tools`} {...toolbar}>
      <button
        type="button"
        className="ask-palette beside"
        title={t`Search or run a command (Ctrl+K)`}
        onClick={openPalette}
      >
        <SquareTerminal aria-hidden />
        <span className="grow">
          <Trans>Search or run…</Trans>
        </span>
        <kbd aria-hidden>Ctrl K</kbd>
      </button>
      <TrayButton />
      {config.is_moderator && <ModerationButton />}
      <ThemeSwitch />
      <IconButton
        icon={CircleHelp}
        label={t`Keyboard shortcuts`}
        aria-keyshortcuts="?"
        title={t`Keyboard shortcuts (?)`}
        onClick={onHelp}
      />
      <IconButton
        icon={Settings}
        label={t`Settings`}
        aria-keyshortcuts="g s"
        title={t`Settings (G S)`}
        onClick={() => go("settings")}
      />
    </div>
  );
}

/** Where moderators switch artists and read the audit trail. */
function ModerationButton() {
  const [open, dialog] = useDialog((onClose) => <ModerationDialog onClose={onClose} />);
  return (
    <>
      <IconButton icon={Shield} label={t`Moderation: artists and audit trail`} title={t`Moderation`} onClick={open} />
      {dialog}
    </>
  );
}

function ModeratorBanner() {
  return (
    <p className="moderator-banner beside" role="note">
      <ShieldAlert aria-hidden />
      <span>
        <Trans>
          You are moderating the posts of{" "}
          <strong>
            <bdi>@{config.subject.handle}</bdi>
          </strong>
          <span className="wide-only">
            {" "}
            as <bdi>@{config.viewer.handle}</bdi>. The artist cannot unhide what you hide.
          </span>
        </Trans>
      </span>
    </p>
  );
}

const texts: Record<Connection, string> = {
  live: t`Live`,
  connecting: t`Connecting…`,
  silent: t`Not responding`,
  waiting: t`Reconnecting…`,
};
const explanations: Record<Connection, string> = {
  live: t`Connected: changes appear immediately.`,
  connecting: t`Connecting to the service.`,
  silent: t`The service is not responding. What you see may be out of date.`,
  waiting: t`Connection lost. Reconnecting automatically.`,
};

function ConnectionIndicator() {
  const connection = useConnection();
  return (
    <span className="connection" role="status" data-connection={connection} title={explanations[connection]}>
      <span className="connection-dot" aria-hidden />
      <span className="visually-hidden">{texts[connection]}</span>
    </span>
  );
}
