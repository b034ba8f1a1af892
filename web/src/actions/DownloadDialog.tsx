import { CircleAlert, Download } from "lucide-react";
import { useMemo, useState } from "react";
import { toast } from "../ui/toast";

import { type DownloadOptions, requestDownload } from "../api/client";
import { ApiError } from "../api/error";
import { config, moderates } from "../api/config";
import { refreshDownloads } from "../api/queries";
import type { Post } from "../api/schema";
import { noteAsked } from "../downloads/asked";
import type { Allowance } from "../downloads/useDownloads";
import { serverNow } from "../lib/clock";
import { formatBytes, formatCount, formatDuration, plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { DialogFooter } from "../ui/DialogFooter";
import { Refusal } from "../ui/Refusal";
import { WhoseNote } from "../ui/WhoseNote";
import { estimateArchive } from "./estimate";
import { PostStrip } from "./PostStrip";

interface Props {
  posts: Post[];
  allowance: Allowance | null;
  onKeep: (posts: Post[]) => void;
  onClose: () => void;
  onRequested: () => void;
}

const options: Record<Exclude<keyof DownloadOptions, "name">, string> = {
  include_comments: "Comments, as comments.json",
  include_reactions: "Reactions, as reactions.json",
  send_email: moderates ? "Tell the artist by e-mail when it is ready" : "Send me an e-mail when it is ready",
};
const optionNames = Object.keys(options) as (keyof typeof options)[];

/** Ask for a download, with all there is to know before asking: what it holds, its size, and what is left of today. */
export function DownloadDialog({ posts, allowance, onKeep, onClose, onRequested }: Props) {
  const [chosen, setChosen] = useState<Omit<DownloadOptions, "name">>({
    include_comments: false,
    include_reactions: false,
    send_email: false,
  });
  const [name, setName] = useState("");
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState<string | null>(null);
  // One key for this dialog: a second click, or a second try after a lost answer, asks for the same download.
  const [key] = useState(() => Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-"));
  const estimate = useMemo(() => estimateArchive(posts), [posts]);
  const tooMany = posts.length > config.max_posts;
  const usedUp = allowance?.left === 0;

  const ask = async () => {
    setAsking(true);
    setError(null);
    try {
      const ids = posts.map((post) => post.id);
      const { id, message } = await requestDownload(
        ids,
        { ...chosen, name: name.trim() || null },
        `${key}-${ids.length}`,
      );
      noteAsked(id);
      toast.success(message);
      refreshDownloads();
      onRequested();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
      refreshDownloads();
      setAsking(false);
    }
  };

  return (
    <Dialog title={`Download ${plural(posts.length, "artwork")}`} onClose={onClose}>
      <PostStrip posts={posts} />
      <WhoseNote />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <dl className="facts">
          <div>
            <dt>Estimated size</dt>
            <dd>
              about {formatBytes(estimate.bytes)}
              {estimate.unknown > 0 && (
                <span className="muted"> and {formatCount(estimate.unknown)} of unknown size</span>
              )}
            </dd>
          </div>
          {allowance && (
            <div>
              <dt>{moderates ? "Your allowance" : "Allowance"}</dt>
              <dd>
                {formatCount(allowance.left)} of {plural(allowance.limit, "download")} left today
              </dd>
            </div>
          )}
        </dl>
        <label className="field">
          <span>Name, to find it again (optional)</span>
          <input dir="auto" maxLength={80} value={name} onChange={(event) => setName(event.target.value)} />
        </label>
        <fieldset className="choices">
          <legend>Also</legend>
          {optionNames.map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={chosen[name]}
                onChange={(event) => setChosen({ ...chosen, [name]: event.target.checked })}
              />
              <span>{options[name]}</span>
            </label>
          ))}
        </fieldset>
        {tooMany && (
          <div className="refusal" role="alert">
            <p>
              <CircleAlert aria-hidden /> One download holds at most {formatCount(config.max_posts)} artworks, and{" "}
              {formatCount(posts.length)} are selected. Select {formatCount(posts.length - config.max_posts)} fewer, or
              download page by page.
            </p>
            <button type="button" className="button" onClick={() => onKeep(posts.slice(0, config.max_posts))}>
              Keep the first {formatCount(config.max_posts)}
            </button>
          </div>
        )}
        {usedUp && (
          <Refusal>
            All {formatCount(allowance.limit)} downloads of today are used. The next one is possible in{" "}
            {formatDuration((Date.parse(allowance.resetsAt) - serverNow()) / 1000)}.
          </Refusal>
        )}
        {error && <Refusal>{error}</Refusal>}
        <DialogFooter icon={Download} isDisabled={tooMany || usedUp || isAsking} onClose={onClose}>
          {isAsking ? "Asking…" : "Request download"}
        </DialogFooter>
      </form>
    </Dialog>
  );
}
