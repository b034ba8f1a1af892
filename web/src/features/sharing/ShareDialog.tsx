import "./sharing.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Copy, Link as LinkIcon, Unlink } from "lucide-react";
import { useState } from "react";

import { useNow } from "../../platform/clock";
import { Button, IconButton } from "../../ui/Button";
import { SubmitForm, Dialog } from "../../ui/Dialog";
import { LoadError } from "../../ui/Empty";
import { Choice, type Option, SelectField, TextField } from "../../ui/Field";
import { copyText, toast } from "../../ui/toast";
import { useOnce } from "../../ui/useOnce";
import { useWrite } from "../../ui/useWrite";
import { createLink, useLinks, withdrawLink } from "../../data/links/api";
import { type Asked, guessWords, isOpen, linkRequest, linkWords } from "./links";
import type { Link } from "../../data/links/schema";

interface Props {
  /** The API path of the shared item: `packs/3`, `bdr/…`. */
  of: string;
  name: string;
  onClose: () => void;
}

const ENDS: readonly Option[] = [
  ["", t`Never`],
  [1, t`After a day`],
  [7, t`After a week`],
  [30, t`After 30 days`],
];
const NOTHING_ASKED: Asked = { isPublic: false, password: "", days: null };

/** The active links, and a form to create another. */
export default function ShareDialog({ of, name, onClose }: Props) {
  const { data, error, refetch } = useLinks(of);
  const [asked, setAsked] = useState(NOTHING_ASKED);
  const once = useOnce();
  // The same request, also where it is sent again.
  const [openedAt] = useState(Date.now);
  const now = useNow(10_000);
  const open = data?.filter((link) => isOpen(link, now)) ?? [];
  const create = async () => {
    const body = linkRequest(asked, openedAt);
    const made = await once(body, (key) => createLink(of, body, key));
    // What is asked meanwhile is about the next one.
    setAsked((now) => (now === asked ? NOTHING_ASKED : now));
    void refetch();
    await copy(made);
  };
  return (
    <Dialog title={t`Share “${name}”`} onClose={onClose}>
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {open.length > 0 && (
        <ul className="links" aria-label={t`Links`}>
          {open.map((link) => (
            <OpenLinkItem key={link.id} link={link} of={of} onChanged={() => void refetch()} />
          ))}
        </ul>
      )}
      <SubmitForm icon={LinkIcon} confirm={t`Create link`} busy={t`Creating…`} onSubmit={create} onClose={onClose}>
        <fieldset className="choices">
          <legend className="muted">
            <Trans>Anyone who opens the link can see, play and download the files, without an account.</Trans>
          </legend>
          <Choice
            type="radio"
            name="who"
            checked={!asked.isPublic}
            onChange={() => setAsked({ ...asked, isPublic: false })}
          >
            <Trans>Anyone with the link</Trans>
          </Choice>
          <Choice
            type="radio"
            name="who"
            checked={asked.isPublic}
            onChange={() => setAsked({ ...asked, isPublic: true, password: "" })}
          >
            <Trans>Public: search engines may list it</Trans>
          </Choice>
        </fieldset>
        <div className="fields">
          {!asked.isPublic && (
            <TextField
              label={t`Password`}
              placeholder={t`None`}
              minLength={4}
              maxLength={200}
              autoComplete="off"
              value={asked.password}
              onChange={(password) => setAsked({ ...asked, password })}
            />
          )}
          <SelectField
            label={t`Expires`}
            options={ENDS}
            value={asked.days ?? ""}
            onChange={(days) => setAsked({ ...asked, days: days ? Number(days) : null })}
          />
        </div>
      </SubmitForm>
    </Dialog>
  );
}

function OpenLinkItem({ link, of, onChanged }: { link: Link; of: string; onChanged: () => void }) {
  const [isBusy, write] = useWrite(onChanged);
  const guesses = guessWords(link);
  const withdraw = async () => {
    await withdrawLink(of, link.id);
    toast.info(t`The link no longer works.`);
  };
  return (
    <li className="beside">
      <span className="link-words">
        <a className="cut" href={link.url} target="_blank" rel="noreferrer">
          {link.url.replace(/^https?:\/\//, "")}
        </a>
        <span className="muted">{linkWords(link)}</span>
        {guesses && <span className="bad">{guesses}</span>}
      </span>
      <IconButton icon={Copy} label={t`Copy ${link.url}`} title={t`Copy`} onClick={() => void copy(link)} />
      <Button icon={Unlink} look="danger" about={link.url} disabled={isBusy} onClick={() => write(withdraw)}>
        <Trans>Revoke</Trans>
      </Button>
    </li>
  );
}

const copy = ({ url }: Link) => copyText(url, t`Link copied.`);
