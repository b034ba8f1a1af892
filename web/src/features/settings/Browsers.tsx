import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { LogOut, Monitor, Smartphone } from "lucide-react";

import { config } from "../../data/config";
import { useNow } from "../../platform/clock";
import { formatAgo, formatDate } from "../../platform/format";
import { Button } from "../../ui/Button";
import { useCommands } from "../../commands/commands";
import { FormDialog } from "../../ui/Dialog";
import { LoadError } from "../../ui/Empty";
import { ListHead } from "../../ui/ListHead";
import { PageLink } from "../../ui/OpenLink";
import { StatusText } from "../../commands/StatusBar";
import { toast } from "../../ui/toast";
import { useDialog } from "../../ui/useDialog";
import { endOtherSessions, endSession, refreshSessions, useSessions } from "./api";
import type { Session } from "./schema";
import { useFocusedRows } from "../../commands/list/useFocusedRows";

export function Browsers() {
  const { data, error, refetch } = useSessions();
  const now = useNow(10_000);
  const [rows, moving] = useFocusedRows();
  useCommands(moving);
  const sessions = data && [...data.filter((each) => each.is_this), ...data.filter((each) => !each.is_this)];
  const others = data?.filter((each) => !each.is_this).length ?? 0;
  const [openOthers, othersDialog] = useDialog((onClose) => <OthersDialog count={others} onClose={onClose} />);
  return (
    <section className="settings-main alone" aria-labelledby="browsers-title">
      <div className="settings-title">
        <h2 id="browsers-title">
          <Trans>Signed-in browsers</Trans>
        </h2>
        {others > 0 && (
          <Button icon={LogOut} onClick={openOthers}>
            <Trans>Sign out the other {others}</Trans>
          </Button>
        )}
        {othersDialog}
      </div>
      <p className="settings-lead">
        <Trans>
          Where you are signed in. If you don’t know one, sign it out and change your password.{" "}
          {config.site_url !== null && <SiteNote url={config.site_url} />}
        </Trans>
      </p>
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {sessions && (
        <>
          <div className="settings-table browsers-table">
            <ListHead look="settings-head" names={[t`Browser`, t`Last seen`, t`Signed in`]} />
            <ul aria-label={t`Browsers`} ref={rows}>
              {sessions.map((session) => (
                <BrowserRow key={session.id} of={session} now={now} />
              ))}
            </ul>
          </div>
          <h3>
            <Trans>Tools that use a key</Trans>
          </h3>
          <p className="muted">
            <Trans>
              They are in <PageLink page="settings">Access keys</PageLink>; signing out a browser doesn’t touch them.
            </Trans>
          </p>
        </>
      )}
      {sessions && <StatusText>{plural(sessions.length, { one: "# browser", other: "# browsers" })}</StatusText>}
    </section>
  );
}

/** A site issues the tokens and decides by itself which ones it takes. */
function SiteNote({ url }: { url: string }) {
  return (
    <Trans>
      Signing out here ends a browser’s access to these pages and to their API. {config.site_name} itself has signed it
      in: there it may stay signed in until you sign out <a href={url}>at {config.site_name}</a>.
    </Trans>
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
        {session.is_this && (
          <small className="good">
            <Trans>this browser</Trans>
          </small>
        )}
      </div>
      <div>
        <span className="visually-hidden">
          <Trans>Last seen:</Trans>{" "}
        </span>
        <span>{session.is_this ? t`now` : formatAgo(session.last_used_at, now)}</span>
        <small className="muted">
          <Trans>from {session.address}</Trans>
        </small>
      </div>
      <div>
        <span className="visually-hidden">
          <Trans>Signed in:</Trans>{" "}
        </span>
        <time dateTime={session.created_at}>{formatDate(session.created_at)}</time>
      </div>
      <Button look={session.is_this ? "quiet" : ""} about={session.browser} data-remove onClick={open}>
        <Trans>Sign out</Trans>
      </Button>
      {dialog}
    </li>
  );
}

function SignOutDialog({ of: session, onClose }: { of: Session; onClose: () => void }) {
  const signOut = async () => {
    await endSession(session.id);
    refreshSessions(); // of this browser: which shows that it is over
    toast.info(t`${session.browser} is signed out.`);
    onClose();
  };
  return (
    <FormDialog
      title={session.is_this ? t`Sign out this browser?` : t`Sign out ${session.browser}?`}
      icon={LogOut}
      confirm={t`Sign out`}
      busy={t`Signing out…`}
      onSubmit={signOut}
      onClose={onClose}
    >
      <p>{session.is_this ? t`You have to sign in again to go on.` : t`It has to sign in again to go on, at once.`}</p>
    </FormDialog>
  );
}

function OthersDialog({ count, onClose }: { count: number; onClose: () => void }) {
  const signOut = async () => {
    const ended = await endOtherSessions();
    refreshSessions();
    toast.info(t`${plural(ended.count, { one: "# browser is", other: "# browsers are" })} signed out.`);
    onClose();
  };
  return (
    <FormDialog
      title={t`Sign out ${plural(count, { one: "# other browser", other: "# other browsers" })}?`}
      icon={LogOut}
      confirm={t`Sign out`}
      busy={t`Signing out…`}
      onSubmit={signOut}
      onClose={onClose}
    >
      <p>
        <Trans>All but this one have to sign in again. Access keys go on working.</Trans>
      </p>
    </FormDialog>
  );
}
