import { Ban, CircleAlert, CircleCheck, CircleX, Hourglass, LoaderCircle, Undo2 } from "lucide-react";

import type { Upload } from "./schema";
import { settledFiles } from "./uploads";

/** LIBRARY section 1 has these words. */
export function Status({ upload }: { upload: Upload }) {
  const [Icon, words] = statusOf(upload);
  return (
    <span className="status">
      <Icon aria-hidden /> {words}
    </span>
  );
}

function statusOf(upload: Upload): [typeof Ban, string] {
  if (upload.undone_at !== null) return [Undo2, "Undone"];
  if (upload.cancelled) return [Ban, "Stopped"];
  switch (upload.status) {
    case "processing":
      return upload.received_bytes === 0 && settledFiles(upload) === 0
        ? [Hourglass, "Waiting"]
        : [LoaderCircle, "Working"];
    case "completed":
      return [CircleCheck, "Done"];
    case "partial":
      return [CircleAlert, "Done, some left out"];
    case "failed":
      return [CircleX, "Failed"];
  }
}
