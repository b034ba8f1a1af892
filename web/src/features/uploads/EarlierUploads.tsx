import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { SmallPreview } from "../../data/assets/SmallPreview";
import { useNow } from "../../platform/clock";
import { formatAgo, formatCount } from "../../platform/format";
import { pageHref } from "../../platform/address";
import { joinParts } from "../../platform/text";
import { OpenLink } from "../../ui/OpenLink";
import { useFirstPictures } from "./api";
import type { Upload } from "./schema";
import { isOpen, leftOutOf, outcomesOf } from "./uploads";
import { nameOf } from "./UploadReport";

interface Props {
  uploads: readonly Upload[];
  onOpen: (id: string) => void;
}

/** Other uploads by their first pictures. */
export function EarlierUploads({ uploads, onOpen }: Props) {
  if (uploads.length === 0) return null;
  return (
    <section className="upload-part" aria-labelledby="earlier">
      <h3 id="earlier" className="over">
        <Trans>Earlier</Trans> <span className="count">{formatCount(uploads.length)}</span>
      </h3>
      <ul className="earlier">
        {uploads.map((upload) => (
          <EarlierUpload key={upload.id} upload={upload} onOpen={() => onOpen(upload.id)} />
        ))}
      </ul>
    </section>
  );
}

function EarlierUpload({ upload, onOpen }: { upload: Upload; onOpen: () => void }) {
  const now = useNow(10_000);
  const { data } = useFirstPictures(upload.id);
  return (
    <li>
      <span className="earlier-art" aria-hidden>
        {data?.map((asset) => (
          <SmallPreview key={asset.id} asset={asset} />
        ))}
      </span>
      <span className="earlier-words">
        <OpenLink className="cut" href={pageHref("uploads", { upload: upload.id })} onOpen={onOpen}>
          <bdi>{nameOf(upload)}</bdi>
        </OpenLink>
        <span className="muted">{wordsOf(upload)}</span>
      </span>
      <time className="faint" dateTime={upload.created_at}>
        {formatAgo(upload.created_at, now)}
      </time>
    </li>
  );
}

function wordsOf(upload: Upload): string {
  if (upload.undone_at !== null) return t`Undone`;
  if (isOpen(upload)) return t`${plural(upload.total_files, { one: "# file", other: "# files" })} arriving`;
  const { added, already_there: already, restored } = outcomesOf(upload);
  const left = upload.failed_files - leftOutOf(upload);
  return joinParts(
    [
      added > 0 && t`${formatCount(added)} added`,
      restored > 0 && t`${formatCount(restored)} restored`,
      already > 0 && t`${formatCount(already)} already there`,
      left > 0 && t`${formatCount(left)} left out`,
    ],
    ", ",
  );
}
