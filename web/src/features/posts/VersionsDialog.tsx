import "./VersionsDialog.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useQueryClient } from "@tanstack/react-query";
import { Check, ImageUp, RotateCcw } from "lucide-react";
import { useState } from "react";

import { PicturePicker } from "../../data/assets/PicturePicker";
import { apiUrl } from "../../data/client";
import { moderates } from "../../data/config";
import type { Post, PostVersion, PostVersions } from "../../data/schema";
import { formatBytes, formatDate } from "../../platform/format";
import { joinParts } from "../../platform/text";
import { Button } from "../../ui/Button";
import { LoadError } from "../../ui/Empty";
import { toast } from "../../ui/toast";
import { useOnce } from "../../ui/useOnce";
import { useWrite } from "../../ui/useWrite";
import { PostsDialog, ReasonField } from "./PostsDialog";
import { replaceFile, restoreVersion, useVersions } from "./versions";

/** Another file for a post: of the library, or one that it has shown. */
export function VersionsDialog({ post, onClose }: { post: Post; onClose: () => void }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [reason, setReason] = useState("");
  const [isBusy, write] = useWrite();
  const once = useOnce();
  const known = useVersions(post.id);
  const queries = useQueryClient();
  const isUnexplained = moderates && reason.trim() === "";
  const done = (versions: PostVersions, words: string) => {
    queries.setQueryData(["versions", post.id], versions);
    toast.success(words);
    onClose();
  };
  const restore = async ({ number }: PostVersion) =>
    done(
      await once({ number, reason }, (key) => restoreVersion(post.id, number, reason.trim(), key)),
      t`Version ${number} is shown again.`,
    );
  return (
    <PostsDialog
      title={t`Replace the picture of “${post.title ?? t`Untitled`}”`}
      posts={[post]}
      icon={ImageUp}
      confirm={t`Replace the picture`}
      busy={t`Replacing…`}
      isDisabled={chosen === null || isBusy || isUnexplained}
      onSubmit={async () => {
        if (chosen === null) return;
        const versions = await once({ chosen, reason }, (key) => replaceFile(post.id, chosen, reason.trim(), key));
        done(versions, t`The picture is replaced.`);
      }}
      onClose={onClose}
    >
      <p className="muted">
        <Trans>
          The post keeps its address, date, comments and reactions. Personal metadata is left out of the new picture.
        </Trans>
      </p>
      <PicturePicker label={t`Pictures of the library`} chosen={chosen} onChoose={setChosen} />
      {moderates && <ReasonField reason={reason} onChange={setReason} />}
      {known.error && <LoadError error={known.error} onRetry={() => void known.refetch()} />}
      {known.data && known.data.items.length > 0 && (
        <ol className="versions" aria-label={t`Versions`}>
          {known.data.items.map((version) => (
            <Version
              key={version.number}
              version={version}
              isDisabled={isBusy || isUnexplained}
              onRestore={() => write(() => restore(version))}
            />
          ))}
        </ol>
      )}
    </PostsDialog>
  );
}

interface VersionProps {
  version: PostVersion;
  isDisabled: boolean;
  onRestore: () => void;
}

function Version({ version, isDisabled, onRestore }: VersionProps) {
  const { number, created_at: at, width, height, file_format: format, size_bytes: bytes } = version;
  const measures = width && height ? `${width} × ${height}` : null;
  return (
    <li>
      <img src={apiUrl(version.thumbnail)} alt="" loading="lazy" />
      <span className="grow">
        <Trans>
          Version {number} <span className="muted">{formatDate(at)}</span>
          <br />
          <small className="muted">
            {joinParts([measures, format?.toUpperCase(), bytes === null ? null : formatBytes(bytes)], ", ")}
          </small>
        </Trans>
      </span>
      {version.is_current ? (
        <span className="muted">
          <Check aria-hidden /> <Trans>shown</Trans>
        </span>
      ) : (
        <Button icon={RotateCcw} aria-label={t`Restore version ${number}`} disabled={isDisabled} onClick={onRestore}>
          <Trans>Restore</Trans>
        </Button>
      )}
    </li>
  );
}
