import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";

import { formatBytes, formatCount, formatDate } from "../../platform/format";
import { joinParts } from "../../platform/text";
import type { Asset, AssetDetails } from "../../data/assets/schema";
import { type Difference, differenceWords } from "./difference";
import { Stars } from "./Judged";
import { folderWords } from "./words";

interface Props {
  files: readonly [Asset, Asset];
  details: readonly [AssetDetails | undefined, AssetDetails | undefined];
  difference: Difference | null | undefined;
}

/** What speaks for each of two files, and between them what differs. */
export function AlikeFacts({ files: [top, other], details, difference }: Props) {
  return (
    <div className="alike-facts">
      <FileFacts asset={top} than={other} details={details[0]} />
      <DifferenceFacts files={[top, other]} difference={difference} />
      <FileFacts asset={other} than={top} details={details[1]} />
    </div>
  );
}

/** The packs and the post that need a file; null if none does, undefined until that is known. */
export function usesOf(details: AssetDetails | undefined): string | null | undefined {
  if (!details) return undefined;
  const { packs, post } = details;
  const named = packs.map(({ name, edition }) => (edition > 0 ? t`${name}, edition ${edition}` : name));
  return joinParts([...named, post && t`the post ${post.title ?? post.id}`]) || null;
}

function FileFacts({ asset, than, details }: { asset: Asset; than: Asset; details: AssetDetails | undefined }) {
  const colours = details?.reports[0]?.facts["colours"];
  const uses = usesOf(details);
  return (
    <section className="alike-fact" aria-label={asset.name}>
      <h3 className="beside">
        <span className="state-mark" data-state={asset.state} aria-hidden />
        <bdi className="cut grow">{asset.name}</bdi>
        <Stars rating={asset.rating} />
      </h3>
      <dl>
        <dt>
          <Trans>Folder</Trans>
        </dt>
        <dd className="cut">
          <bdi title={asset.folder}>{folderWords(asset.folder) || t`none`}</bdi>
        </dd>
        <dt>
          <Trans>Added</Trans>
        </dt>
        <dd>
          {formatDate(asset.created_at)}{" "}
          {asset.created_at < than.created_at && (
            <mark>
              <Trans>older</Trans>
            </mark>
          )}
        </dd>
        <dt>
          <Trans>Size</Trans>
        </dt>
        <dd className="numbers">
          {formatBytes(asset.size_bytes)}{" "}
          {asset.size_bytes < than.size_bytes && (
            <mark>
              <Trans>smaller</Trans>
            </mark>
          )}
        </dd>
        <dt>
          <Trans>Picture</Trans>
        </dt>
        <dd className="numbers">
          {joinParts([
            `${asset.width ?? "?"}×${asset.height ?? "?"}`,
            asset.file_format.toUpperCase(),
            typeof colours === "number" && plural(colours, { one: "# colour", other: "# colours" }),
          ])}
        </dd>
        <dt>
          <Trans>Used in</Trans>
        </dt>
        <dd className="cut">
          {uses === undefined
            ? "…"
            : (uses ?? (
                <span className="faint">
                  <Trans>nothing</Trans>
                </span>
              ))}
        </dd>
      </dl>
    </section>
  );
}

function DifferenceFacts({ files, difference }: Omit<Props, "details">) {
  const isScaled = ({ width, height }: Asset) => width !== difference?.width || height !== difference.height;
  return (
    <section className="alike-fact is-difference" aria-label={t`Difference`} aria-live="polite">
      <h3>{headOf(difference)}</h3>
      <p className="muted">
        {difference === null && t`This browser cannot show one of the files.`}
        {difference && sentenceOf(difference)}
      </p>
      {difference && files.some(isScaled) && (
        <p className="muted">
          <Trans>
            Compared at {formatCount(difference.width)} × {formatCount(difference.height)}.
          </Trans>
        </p>
      )}
    </section>
  );
}

function headOf(difference: Difference | null | undefined): string {
  if (difference === undefined) return "…";
  if (difference === null) return t`Not compared`;
  return difference.differing === 0
    ? t`Equal pixels`
    : plural(difference.differing, { one: "# pixel", other: "# pixels" });
}

function sentenceOf(difference: Difference): string {
  if (difference.differing === 0) return t`Everything is equal, transparency too; only the files’ bytes differ.`;
  const seen =
    difference.visible === 0
      ? t`none of them so much that it is seen`
      : t`${formatCount(difference.visible)} of them clearly`;
  return t`${differenceWords(difference)}, ${seen}. They are pink here.`;
}
