import { ImageOff } from "lucide-react";
import { useState } from "react";

import { useFetched } from "../ui/useFetched";
import { previewUrl } from "./api";

/** A file's small picture in a line of text; a sign of the same size where it has none. */
export function SmallPreview({ id }: { id: number }) {
  const [isBroken, setBroken] = useState(false);
  const fetched = useFetched(previewUrl({ id }, 64));
  if (isBroken) return <ImageOff className="small-preview" aria-hidden />;
  return (
    <img
      {...fetched}
      alt=""
      className="small-preview"
      decoding="async"
      draggable={false}
      onError={() => setBroken(true)}
    />
  );
}
