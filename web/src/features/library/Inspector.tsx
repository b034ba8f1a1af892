import "./Inspector.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { CircleAlert, Send, Wand2 } from "lucide-react";
import { type ReactNode, useEffectEvent, useLayoutEffect, useRef, useState } from "react";

import { formatBytes, formatCount, formatDate } from "../../platform/format";
import { createStore, useStore } from "../../platform/store";
import { nameOf } from "../../platform/text";
import { Button } from "../../ui/Button";
import { Facts } from "../../ui/Facts";
import { TextArea } from "../../ui/Field";
import { tellStale } from "../../ui/toast";
import { isOptedOut, OptOutField, optOutOf } from "../../ui/OptOutField";
import { PageLink } from "../../ui/OpenLink";
import { useDebounced } from "../../ui/useDelayed";
import { WarningField } from "../../ui/WarningChoice";
import { type Pictured, SmallPreview } from "../../data/assets/SmallPreview";
import { ArtOnMat } from "../../data/assets/AssetPicture";
import { LONGEST_ALT } from "./edits";
import { howMade, embeddedFacts } from "./facts";
import { JudgeRow } from "./Judged";
import type { Asset, AssetDetails } from "../../data/assets/schema";
import { stateNames } from "./states";
import { TagChips } from "./TagChips";
import type { LibraryActions } from "./useActions";
import { useAssetDetails } from "./useLibrary";
import { formatPlaying, provenanceNames } from "./words";

/** A held key passes many files: details are fetched only where the cursor rests this long. */
const STAY_MS = 200;

const TEXTS = {
  note: { label: t`Private note`, longest: 2000 },
  alt_text: { label: t`Alt text`, longest: LONGEST_ALT },
} as const;
type TextName = keyof typeof TEXTS;

interface Props {
  asset: Asset | null;
  actions: LibraryActions;
  /** Without the picture, when it is already on screen. */
  isBare?: boolean;
  onTask?: (asset: Asset) => void;
  onPublish?: (asset: Asset) => void;
  /** Open another file: a version of it, or a similar one. */
  onOpen: (id: number) => void;
}

/** Details of the file at the cursor (not of the selection). */
export function Inspector({ asset, actions, isBare = false, onTask, onPublish, onOpen }: Props) {
  const stayed = useDebounced(asset?.id ?? null, STAY_MS);
  const { data } = useAssetDetails(stayed);
  const details = data && data.asset.id === asset?.id ? data : null;
  if (!asset) {
    return (
      <aside className="inspector" aria-label={t`Details`}>
        <p className="muted">
          <Trans>Select a file to see its details.</Trans>
        </p>
      </aside>
    );
  }
  return (
    <aside className="inspector" aria-label={t`Details`} tabIndex={0}>
      {!isBare && <ArtOnMat key={`art ${asset.id}`} asset={asset} size={240} look="inspector-art" />}
      <h3>
        <bdi className="cut">{asset.name}</bdi>
      </h3>
      <JudgeRow rating={asset.rating} label={asset.label} onJudge={(set) => void actions.judge(set, [asset])} />
      <Findings details={details} />
      <SavedText key={`alt ${asset.id}`} name="alt_text" asset={asset} actions={actions} />
      <Marks key={`marks ${asset.id}`} asset={asset} actions={actions} />
      <SavedText key={`note ${asset.id}`} name="note" asset={asset} actions={actions} />
      <Facts
        facts={factsOf(asset, details).map(([name, value]) => [
          name,
          typeof value === "string" && value !== "" ? <bdi>{value}</bdi> : value,
        ])}
      />
      {details && <Versions details={details} onOpen={onOpen} />}
      {details && <Elsewhere details={details} />}
      {onTask && onPublish && (
        <div className="inspector-acts">
          <Button icon={Wand2} look="grow" onClick={() => onTask(asset)}>
            <Trans>Task</Trans>
          </Button>
          <Button icon={Send} look="grow" onClick={() => onPublish(asset)}>
            <Trans>Publish</Trans>
          </Button>
        </div>
      )}
    </aside>
  );
}

interface Draft {
  readonly text: string;
  /** As the file had it when this was begun. */
  readonly before: string | null;
  /** What was saved of it meanwhile. */
  readonly sent?: string | null;
}

/** Texts that are not saved yet: neither a failed request nor a list that arrives meanwhile may replace them. */
const drafts = createStore<ReadonlyMap<string, Draft>>(new Map());
const putDraft = (key: string, draft: Draft) => drafts.set(new Map(drafts.get()).set(key, draft));

function dropDraft(key: string) {
  const others = new Map(drafts.get());
  others.delete(key);
  drafts.set(others);
}

interface EditedProps {
  asset: Asset;
  actions: LibraryActions;
}

/** The alt text, or the owner's private note; saved on blur. */
function SavedText({ name, asset, actions }: EditedProps & { name: TextName }) {
  const key = `${name} ${asset.id}`;
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = useStore(drafts).get(key);
  const saved = asset[name];
  const write = (text: string) => putDraft(key, { before: saved, ...draft, text });
  const save = async () => {
    if (draft === undefined) return;
    const text = draft.text.trim() || null;
    const set = name === "note" ? { note: text } : { alt_text: text };
    const isTheirs = saved !== draft.before && saved !== draft.sent;
    if (isTheirs && text !== draft.before && text !== saved) {
      tellStale(saved ?? "", draft.text, () => void actions.judge(set, [asset]));
    }
    const sent = { ...draft, sent: text };
    putDraft(key, sent);
    const isSaved = isTheirs || text === saved || (await actions.judge(set, [asset]));
    if (isSaved && drafts.get().get(key) === sent) dropDraft(key);
  };
  const onGone = useEffectEvent(() => void save());
  // Back closes the details without leaving the field.
  useLayoutEffect(() => {
    const element = field.current;
    return () => {
      if (element === document.activeElement) onGone();
    };
  }, []);
  return (
    <TextArea
      ref={field}
      className="field"
      label={TEXTS[name].label}
      rows={2}
      dir="auto"
      maxLength={TEXTS[name].longest}
      value={draft?.text ?? asset[name] ?? ""}
      onChange={write}
      onBlur={() => void save()}
    />
  );
}

/** What to warn of, and whether AI may be trained with it. */
function Marks({ asset, actions }: EditedProps) {
  const [warnings, setWarnings] = useInOrder(asset.content_warnings, (content_warnings) =>
    actions.judge({ content_warnings }, [asset]),
  );
  const [optOut, setOptOut] = useInOrder(asset.ai_opt_out, (ai_opt_out) => actions.judge({ ai_opt_out }, [asset]));
  return (
    <>
      <WarningField
        chosen={warnings}
        onChange={(word, isOn) => setWarnings(isOn ? [...warnings, word] : warnings.filter((each) => each !== word))}
      />
      <OptOutField value={optOutOf(optOut)} onChange={(chosen) => setOptOut(isOptedOut(chosen))} />
    </>
  );
}

/** A value that is sent at once. What is chosen meanwhile waits for the answer: two requests could overtake each other. */
function useInOrder<T>(saved: T, send: (value: T) => Promise<unknown>): [T, (value: T) => void] {
  const [shown, setShown] = useState<{ value: T } | null>(null);
  const next = useRef<(() => Promise<unknown>) | null>(null);
  const isSending = useRef(false);
  const sendAll = async () => {
    isSending.current = true;
    try {
      for (let now = next.current; now; now = next.current) {
        next.current = null;
        await now();
      }
    } finally {
      isSending.current = false;
      setShown(null);
    }
  };
  const choose = (value: T) => {
    next.current = () => send(value);
    setShown({ value });
    if (!isSending.current) void sendAll();
  };
  return [shown ? shown.value : saved, choose];
}

function Findings({ details }: { details: AssetDetails | null }) {
  const [report] = details?.reports ?? [];
  if (!report || report.findings.length === 0) return null;
  return (
    <ul className="findings" aria-label={t`Findings`}>
      {report.findings.map(({ code, message }) => (
        <li key={code}>
          <CircleAlert aria-hidden /> {message}
        </li>
      ))}
    </ul>
  );
}

function factsOf(asset: Asset, details: AssetDetails | null): [string, ReactNode][] {
  const { width, height, frame_count: frames, duration_sec: duration, samplerate_hz: rate } = asset;
  const facts = details?.reports[0]?.facts ?? {};
  return [
    [t`State`, nameOf(stateNames, asset.state)],
    [t`Canvas`, width !== null && height !== null ? `${width} × ${height}` : null],
    [t`Size`, `${formatBytes(asset.size_bytes)} · ${asset.file_format.toUpperCase()}`],
    [t`Frames`, frames !== null && frames > 1 ? formatCount(frames) : null],
    [t`Length`, duration !== null ? formatPlaying(duration) : null],
    [t`Sample rate`, rate !== null ? `${rate / 1000} kHz` : null],
    ...embeddedFacts(facts),
    [t`Folder`, asset.folder.split("/").join(" / ") || null],
    [t`Tags`, asset.hashtags.length > 0 && <TagChips tags={asset.hashtags} />],
    [t`Theme`, asset.theme],
    [t`Licence`, asset.license_identifier ?? t`None (all rights reserved)`],
    [t`Credit`, asset.attribution],
    [t`Made by`, nameOf(provenanceNames, asset.provenance)],
    [t`Source`, asset.source],
    ...(details ? howMade(details) : []),
    [t`Added`, formatDate(asset.created_at)],
  ];
}

/** The original, files derived from it, and similar files. */
function Versions({ details, onOpen }: { details: AssetDetails; onOpen: (id: number) => void }) {
  const { parent, children, near_duplicates: near } = details;
  const files = [
    ...(parent ? [{ ...parent, what: t`original` }] : []),
    ...children.map((each) => ({ ...each, what: each.name })),
  ];
  return (
    <>
      {files.length > 0 && (
        <h3 className="over">
          <Trans>Versions</Trans>
        </h3>
      )}
      <Pictures files={files} onOpen={onOpen} />
      {near.length > 0 && (
        <h3 className="over">
          <Trans>Similar files</Trans>
        </h3>
      )}
      <Pictures files={near.map((each) => ({ ...each, what: each.name }))} onOpen={onOpen} />
    </>
  );
}

interface PicturesProps {
  files: readonly (Pictured & { name: string; what: string })[];
  onOpen: (id: number) => void;
}

function Pictures({ files, onOpen }: PicturesProps) {
  if (files.length === 0) return null;
  return (
    <ul className="versions">
      {files.map((file) => (
        <li key={file.id}>
          <button type="button" title={file.name} onClick={() => onOpen(file.id)}>
            <SmallPreview asset={file} />
            <bdi className="cut numbers">{file.what}</bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Elsewhere({ details }: { details: AssetDetails }) {
  const { packs, post } = details;
  return (
    <>
      {packs.length > 0 && (
        <p>
          <Trans>
            In{" "}
            {packs.map(({ id, name, edition }, index) => (
              <span key={id}>
                {index > 0 && ", "}
                <PageLink page="packs" query={{ pack: id }}>
                  <bdi>{name}</bdi>
                </PageLink>
                {edition > 0 && <span className="numbers faint"> {edition}</span>}
              </span>
            ))}
          </Trans>
        </p>
      )}
      {post && (
        <p>
          <Trans>
            Published as the post <bdi>{post.title ?? t`number ${post.id}`}</bdi>.
          </Trans>
        </p>
      )}
    </>
  );
}
