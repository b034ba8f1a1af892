import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { useEffect, useRef, useState } from "react";

import { formatBytes, formatCount } from "../../platform/format";
import { FormError } from "../../ui/FormError";
import { usePreview } from "./api";
import type { Values } from "./form";
import type { JobKind, JobPreview } from "./schema";

interface Props {
  kind: JobKind;
  asset: { readonly id: number; readonly name: string; readonly size_bytes: number };
  /** Null while one of them is missing. */
  params: Values | null;
  /** Files that are not shown, of which each becomes a task of its own. */
  others: number;
}

/** While a field is being typed in, nothing is drawn. */
const SETTLE_MS = 400;

/** The first files that a task would make, and how many, before it is started. */
export function TaskPreview({ kind, asset, params, others }: Props) {
  const settled = useSettledValue(params);
  const { data, error, isFetching } = usePreview(kind, asset.id, settled);
  if (error) return <FormError>{error.message}</FormError>;
  if (!data)
    return (
      <p className="muted" role="status">
        {isFetching && t`Looking at what it would make…`}
      </p>
    );
  return (
    <figure className="task-preview" aria-busy={isFetching}>
      <figcaption role="status" className={isWarning(data, asset.size_bytes) ? "wait" : "muted"}>
        <bdi>{asset.name}</bdi>: {wordsOf(data, asset.size_bytes)}
        {others > 0 &&
          t` ${plural(others, { one: "# other file", other: "# other files" })} will be made the same way.`}
      </figcaption>
      <ul aria-label={t`The first of them`}>
        {data.pieces.map((piece, index) => (
          <li key={index}>
            <PiecePicture png={piece.png} width={piece.width} height={piece.height} />
            <span className="cut faint">{piece.label || `${piece.width} × ${piece.height}`}</span>
          </li>
        ))}
        {data.count > data.pieces.length && data.pieces.length > 0 && (
          <li className="task-preview-more muted">
            <Trans>
              <strong>{formatCount(data.count - data.pieces.length)}</strong> more
            </Trans>
          </li>
        )}
      </ul>
    </figure>
  );
}

function isWarning({ count, max_count: most, reason, size_bytes: size }: JobPreview, before: number): boolean {
  return count > most || reason !== null || (size ?? 0) > before;
}

function wordsOf({ count, max_count: most, reason, size_bytes: size }: JobPreview, before: number): string {
  if (reason !== null) return reason;
  if (size !== null) {
    const sizes = t`about ${formatBytes(size)} instead of ${formatBytes(before)}`;
    return size > before ? t`it would be larger, ${sizes}.` : `${sizes}.`;
  }
  if (count > most) return t`this would make ${formatCount(count)} files, and a task makes up to ${formatCount(most)}.`;
  return t`makes ${plural(count, { one: "# file", other: "# files" })}.`;
}

/** A picture that has no address, enlarged by whole multiples. */
function PiecePicture({ png, width, height }: { png: string; width: number; height: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    let isOver = false;
    const bytes = Uint8Array.from(atob(png), (sign) => sign.charCodeAt(0));
    void createImageBitmap(new Blob([bytes], { type: "image/png" })).then((picture) => {
      const context = isOver ? null : canvas.current?.getContext("2d");
      if (!context) return;
      context.canvas.width = picture.width;
      context.canvas.height = picture.height;
      context.drawImage(picture, 0, 0);
    });
    return () => {
      isOver = true;
    };
  }, [png]);
  const scale = Math.max(1, Math.floor(PIECE / Math.max(width, height)));
  const size = Math.min(1, PIECE / (Math.max(width, height) * scale)) * scale;
  return (
    <span className="mat task-piece" data-mat="middle">
      <canvas ref={canvas} aria-hidden data-pixelated style={{ width: width * size, height: height * size }} />
    </span>
  );
}

/** The side of a piece's place, CSS pixels. */
const PIECE = 64;

function useSettledValue<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(text) as T), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
