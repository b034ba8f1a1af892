import { LogOut, Monitor, Smartphone } from "lucide-react";

import { config } from "../../data/config";
import { useNow } from "../../platform/clock";
import { formatAgo, formatDate, plural } from "../../platform/format";
import { Button } from "../../ui/Button";
import { useCommands } from "../../commands/commands";
import { FormDialog } from "../../ui/Dialog";
import { LoadError } from "../../ui/Empty";
import { PageLink } from "../../ui/OpenLink";
import { StatusText } from "../../commands/StatusBar";
import { toast } from "../../ui/toast";
import { useDialog } from "../../ui/useDialog";
import { endOtherSessions, endSession, refreshSessions, useSessions } from "./api";
import type { Session } from "./schema";
import { useRows } from "./useRows";

export function Browsers() {
  const { data, error, refetch } = useSessions();
  const now = useNow(10_000);
  const [rows, moving] = useRows();
  useCommands(moving);
  const sessions = data && [...data.filter((each) => each.is_this), ...data.filter((each) => !each.is_this)];
  const others = data?.filter((each) => !each.is_this).length ?? 0;
  const [openOthers, othersDialog] = useDialog((onClose) => <OthersDialog count={others} onClose={onClose} />);
  return (
    <section className="settings-main alone" aria-labelledby="browsers-title">
      <div className="settings-title">
        <h2 id="browsers-title">Signed-in browsers</h2>
        {others > 0 && (
          <Button icon={LogOut} onClick={openOthers}>
            Sign out the other {others}
          </Button>
        )}
        {othersDialog}
      </div>
      <p className="settings-lead">
        Where you are signed in. If you don’t know one, sign it out and change your password.{" "}
        {config.site_url !== null && <SiteNote url={config.site_url} />}
      </p>
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {sessions && (
        <div className="settings-table browsers-table">
          <div className="settings-head" aria-hidden>
            <span>Browser</span>
            <span>Last seen</span>
            <span>Signed in</span>
          </div>
          <ul aria-label="Browsers" ref={rows}>
            {sessions.map((session) => (
              <BrowserRow key={session.id} of={session} now={now} />
            ))}
          </ul>
        </div>
      )}
      <h3>Tools that use a key</h3>
      <p className="muted">
        They are in <PageLink page="settings">Access keys</PageLink>; signing out a browser doesn’t touch them.
      </p>
      {sessions && <StatusText>{plural(sessions.length, "browser")}</StatusText>}
    </section>
  );
}

/** A site issues the tokens and decides by itself which ones it takes. */
function SiteNote({ url }: { url: string }) {
  return (
    <>
      Signing out here ends a browser’s access to these pages and to their API. {config.site_name} itself has signed it
      in: there it may stay signed in until you sign out <a href={url}>at {config.site_name}</a>.
    </>
  );
}

function BrowserRow({ of: session, now }: { of: Session; now: number }) {
  const [open, dialog] = useDialog((onClose) => <SignOutDialog of={session} onClose={onClose} />);
  const Icon = session.is_phone ? Smartphone : Monitor;
  return (
    <li tabIndex={-1} aria-label={session.browser}>
      <Icon aria-hidden />
      <div className="cell-name">
        <strong className="cut" title={session.browser}>
          {session.browser}
        </strong>
        {session.is_this && <small className="good">this browser</small>}
      </div>
      <div>
        <span className="visually-hidden">Last seen: </span>
        <span>{session.is_this ? "now" : formatAgo(session.last_used_at, now)}</span>
        <small className="muted">from {session.address}</small>
      </div>
      <div>
        <span className="visually-hidden">Signed in: </span>
        <time dateTime={session.created_at}>{formatDate(session.created_at)}</time>
      </div>
      <Button look={session.is_this ? "quiet" : ""} about={session.browser} data-remove onClick={open}>
        Sign out
      </Button>
      {dialog}
    </li>
  );
}

function SignOutDialog({ of: session, onClose }: { of: Session; onClose: () => void }) {
  const signOut = async () => {
    await endSession(session.id);
    refreshSessions(); // of this browser: which shows that it is over
    toast.info(`${session.browser} is signed out.`);
    onClose();
  };
  return (
    <FormDialog
      title={session.is_this ? "Sign out this browser?" : `Sign out ${session.browser}?`}
      icon={LogOut}
      confirm="Sign out"
      busy="Signing out…"
      onSubmit={signOut}
      onClose={onClose}
    >
      <p>{session.is_this ? "You have to sign in again to go on." : "It has to sign in again to go on, at once."}</p>
    </FormDialog>
  );
}

function OthersDialog({ count, onClose }: { count: number; onClose: () => void }) {
  const signOut = async () => {
    const ended = await endOtherSessions();
    refreshSessions();
    toast.info(`${plural(ended.count, "browser is", "browsers are")} signed out.`);
    onClose();
  };
  return (
    <FormDialog
      title={`Sign out ${plural(count, "other browser")}?`}
      icon={LogOut}
      confirm="Sign out"
      busy="Signing out…"
      onSubmit={signOut}
      onClose={onClose}
    >
      <p>All but this one have to sign in again. Access keys go on working.</p>
    </FormDialog>
  );
}
