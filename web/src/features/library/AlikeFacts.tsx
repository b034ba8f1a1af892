import { formatBytes, formatCount, formatDate, plural } from "../../platform/format";
import { joinParts } from "../../platform/text";
import type { Asset, AssetDetails } from "../../data/assets/schema";
import { type Difference, differenceWords } from "./difference";
import { Stars } from "./Judged";

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
      <DifferenceFacts {...{ top, other, difference }} />
      <FileFacts asset={other} than={top} details={details[1]} />
    </div>
  );
}

/** The packs and the post that need a file; null if none does, undefined until that is known. */
export function usesOf(details: AssetDetails | undefined): string | null | undefined {
  if (!details) return undefined;
  const { packs, post } = details;
  const named = packs.map(({ name, edition }) => (edition > 0 ? `${name}, edition ${edition}` : name));
  return joinParts([...named, post && `the post ${post.title ?? post.id}`]) || null;
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
        <dt>Folder</dt>
        <dd className="cut">
          <bdi>{asset.folder.split("/").join(" / ") || "none"}</bdi>
        </dd>
        <dt>Added</dt>
        <dd>
          {formatDate(asset.created_at)} {asset.created_at < than.created_at && <mark>older</mark>}
        </dd>
        <dt>Size</dt>
        <dd className="numbers">
          {formatBytes(asset.size_bytes)} {asset.size_bytes < than.size_bytes && <mark>smaller</mark>}
        </dd>
        <dt>Picture</dt>
        <dd className="numbers">
          {joinParts([
            `${asset.width ?? "?"}×${asset.height ?? "?"}`,
            asset.file_format.toUpperCase(),
            typeof colours === "number" && plural(colours, "colour"),
          ])}
        </dd>
        <dt>Used in</dt>
        <dd className="cut">{uses === undefined ? "…" : (uses ?? <span className="faint">nothing</span>)}</dd>
      </dl>
    </section>
  );
}

function DifferenceFacts({
  top,
  other,
  difference,
}: {
  top: Asset;
  other: Asset;
  difference: Difference | null | undefined;
}) {
  return (
    <section className="alike-fact is-difference" aria-label="Difference" aria-live="polite">
      <h3>{headOf(difference)}</h3>
      <p className="muted">
        {difference === null && "This browser cannot show one of the files."}
        {difference && sentenceOf(difference)}
      </p>
      {top.width !== other.width && (
        <p className="muted">
          Compared at {formatCount(Math.max(top.width ?? 0, other.width ?? 0))} ×{" "}
          {formatCount(Math.max(top.height ?? 0, other.height ?? 0))}.
        </p>
      )}
    </section>
  );
}

function headOf(difference: Difference | null | undefined): string {
  if (difference === undefined) return "…";
  if (difference === null) return "Not compared";
  return difference.differing === 0 ? "Equal pixels" : plural(difference.differing, "pixel");
}

function sentenceOf(difference: Difference): string {
  if (difference.differing === 0) return "Everything is equal, transparency too; only the files’ bytes differ.";
  const seen =
    difference.visible === 0
      ? "none of them so much that it is seen"
      : `${formatCount(difference.visible)} of them clearly`;
  return `${differenceWords(difference)}, ${seen}. They are pink here.`;
}
