import { CircleAlert } from "lucide-react";

import { pageHref } from "../lib/address";
import { formatBytes, formatDate } from "../lib/format";
import { Facts } from "../ui/Facts";
import { PageLink } from "../ui/OpenLink";
import type { Asset, Papers } from "./schema";
import { stateNames } from "./states";
import { formatPlaying, provenanceNames } from "./words";

/** A file's papers: what it is, where it comes from, what was found in it, and what belongs to it. */
export function AssetDetails({ asset, papers }: { asset: Asset; papers: Papers | null }) {
  const facts: [string, string | null][] = [
    ["State", stateNames[asset.state]],
    ["Format", `${asset.file_format.toUpperCase()}, ${asset.mime_type}`],
    ["Size", formatBytes(asset.size_bytes)],
    [
      "Canvas",
      asset.width !== null && asset.height !== null ? `${String(asset.width)} × ${String(asset.height)}` : null,
    ],
    ["Frames", asset.frame_count !== null && asset.frame_count > 1 ? String(asset.frame_count) : null],
    ["Length", asset.duration_sec !== null ? formatPlaying(asset.duration_sec) : null],
    ["Sample rate", asset.samplerate_hz !== null ? `${String(asset.samplerate_hz / 1000)} kHz` : null],
    ["Who made it", provenanceNames[asset.provenance]],
    ["Licence", asset.license_identifier ?? "None: all rights reserved"],
    ["Credit", asset.attribution],
    ["Theme", asset.theme],
    ["Source", asset.source],
    ["Hashtags", asset.hashtags.map((tag) => `#${tag}`).join(" ") || null],
    ["Own path", asset.original_path],
    ["Came in", formatDate(asset.created_at)],
  ];
  const [report] = papers?.reports ?? [];
  return (
    <aside className="details" aria-label="Details" tabIndex={0}>
      {report && report.findings.length > 0 && (
        <ul className="findings" aria-label="Found in it">
          {report.findings.map(({ code, message }) => (
            <li key={code}>
              <CircleAlert aria-hidden /> {message}
            </li>
          ))}
        </ul>
      )}
      <Facts facts={facts.map(([name, value]) => [name, value && <bdi>{value}</bdi>])} />
      {papers?.parent && <Files title="Made from" files={[papers.parent]} />}
      {papers && papers.children.length > 0 && <Files title="Made from it" files={papers.children} />}
      {papers && papers.near_duplicates.length > 0 && <Files title="Looks the same" files={papers.near_duplicates} />}
      {papers && papers.packs.length > 0 && (
        <>
          <h3>In packs</h3>
          <ul>
            {papers.packs.map(({ id, name }) => (
              <li key={id}>
                <PageLink page="packs" query={{ pack: String(id) }}>
                  <bdi>{name}</bdi>
                </PageLink>
              </li>
            ))}
          </ul>
        </>
      )}
      {papers?.post && (
        <p>
          Published as the post <bdi>{papers.post.title ?? `number ${String(papers.post.id)}`}</bdi>.
        </p>
      )}
    </aside>
  );
}

function Files({ title, files }: { title: string; files: readonly { id: number; name: string }[] }) {
  return (
    <>
      <h3>{title}</h3>
      <ul>
        {files.map(({ id, name }) => (
          <li key={id}>
            <a href={pageHref("library", { asset: String(id) })}>
              <bdi>{name}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </>
  );
}
