import "./SmallPreview.css";

import { AudioLines, File, Film, ImageOff, type LucideIcon } from "lucide-react";
import { useLazyImage } from "../../ui/useLazyImage";
import { useBroken } from "../broken";
import type { Asset } from "./schema";
import { previewUrl } from "./urls";

const icons: Readonly<Record<string, LucideIcon>> = { image: ImageOff, audio: AudioLines, video: Film };

/** Whether a file has a picture, and the icon shown instead where it has none. */
export type Pictured = Pick<Asset, "id" | "type" | "file_format" | "has_preview">;

/** A sound's preview is its waveform. */
export function hasPicture({ type, has_preview }: Pick<Pictured, "type" | "has_preview">): boolean {
  return has_preview && type !== "audio";
}

/** Instead of a picture. */
export function Sign({ asset: { type, file_format: format }, look }: { asset: Pictured; look: string }) {
  const Icon = icons[type] ?? File;
  return (
    <span className={look} aria-hidden>
      <Icon />
      {type === "other" && `.${format}`}
    </span>
  );
}

/** A small inline preview, or an icon of the same size. */
export function SmallPreview({ asset }: { asset: Pictured }) {
  const [isBroken, onError] = useBroken();
  if (!hasPicture(asset) || isBroken) return <Sign asset={asset} look="small-preview" />;
  return <Small id={asset.id} onError={onError} />;
}

function Small({ id, onError }: { id: number; onError: () => void }) {
  return (
    <img
      {...useLazyImage(previewUrl({ id }, 64))}
      alt=""
      className="small-preview"
      decoding="async"
      draggable={false}
      onError={onError}
    />
  );
}
