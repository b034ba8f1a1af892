import "./sharing.css";

import { Copy, Link as LinkIcon, Unlink } from "lucide-react";
import { useState } from "react";

import { useNow } from "../lib/clock";
import { Button, IconButton } from "../ui/Button";
import { SubmitForm, Dialog } from "../ui/Dialog";
import { LoadError } from "../ui/Empty";
import { Choice, type Option, SelectField, TextField } from "../ui/Field";
import { copyText, toast } from "../ui/toast";
import { useRequest } from "../ui/useRequest";
import { createLink, useLinks, withdrawLink } from "./api";
import { type Asked, isOpen, linkRequest, linkWords } from "./links";
import type { Link } from "./schema";

interface Props {
  /** What is shared, as its address has it: `packs/3`, `bdr/…`. */
  of: string;
  name: string;
  onClose: () => void;
}

const ENDS: readonly Option[] = [
  ["", "No end"],
  [1, "After a day"],
  [7, "After a week"],
  [30, "After 30 days"],
];
const NOTHING_ASKED: Asked = { isPublic: false, password: "", days: null };

/** The links to a thing: those that are open, and how to make one more. */
export default function ShareDialog({ of, name, onClose }: Props) {
  const { data, error, refetch } = useLinks(of);
  const [asked, setAsked] = useState(NOTHING_ASKED);
  const now = useNow(10_000);
  const open = data?.filter((link) => isOpen(link, now)) ?? [];
  const create = async () => {
    const made = await createLink(of, linkRequest(asked, Date.now()));
    setAsked(NOTHING_ASKED);
    void refetch();
    await copy(made);
  };
  return (
    <Dialog title={`Share “${name}”`} onClose={onClose}>
      {error && <LoadError error={error} onRetry={() => void refetch()} />}
      {open.length > 0 && (
        <ul className="links" aria-label="Links">
          {open.map((link) => (
            <OpenLinkItem key={link.id} link={link} of={of} onChanged={() => void refetch()} />
          ))}
        </ul>
      )}
      <SubmitForm icon={LinkIcon} confirm="Make a link" busy="Making it…" onSubmit={create} onClose={onClose}>
        <fieldset className="choices">
          <legend className="muted">
            Whoever opens the link sees the pictures, hears the sounds and can download, without an account.
          </legend>
          <Choice
            type="radio"
            name="who"
            checked={!asked.isPublic}
            onChange={() => setAsked({ ...asked, isPublic: false })}
          >
            Only who has the link
          </Choice>
          <Choice
            type="radio"
            name="who"
            checked={asked.isPublic}
            onChange={() => setAsked({ ...asked, isPublic: true, password: "" })}
          >
            Public: search engines may list it
          </Choice>
        </fieldset>
        <div className="fields">
          {!asked.isPublic && (
            <TextField
              label="Password"
              placeholder="None"
              minLength={4}
              maxLength={200}
              autoComplete="off"
              value={asked.password}
              onChange={(password) => setAsked({ ...asked, password })}
            />
          )}
          <SelectField
            label="It ends"
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
  const [isBusy, ask] = useRequest(onChanged);
  const withdraw = async () => {
    await withdrawLink(of, link.id);
    toast.info("The link is withdrawn. Nobody gets in by it any more.");
  };
  return (
    <li className="beside">
      <span className="link-words">
        <a className="cut" href={link.url} target="_blank" rel="noreferrer">
          {link.url.replace(/^https?:\/\//, "")}
        </a>
        <span className="muted">{linkWords(link)}</span>
      </span>
      <IconButton icon={Copy} label={`Copy ${link.url}`} title="Copy" onClick={() => void copy(link)} />
      <Button icon={Unlink} look="danger" about={link.url} disabled={isBusy} onClick={() => void ask(withdraw)}>
        Withdraw
      </Button>
    </li>
  );
}

const copy = ({ url }: Link) => copyText(url, "The link is copied.");
