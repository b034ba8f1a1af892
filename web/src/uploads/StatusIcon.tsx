import { Ban, CircleAlert, CircleCheck, CircleX, Hourglass, LoaderCircle, Undo2 } from "lucide-react";

import type { Upload } from "./schema";
import { statusWords } from "./uploads";

const icons: Record<string, typeof Ban> = {
  Undone: Undo2,
  Stopped: Ban,
  Waiting: Hourglass,
  Working: LoaderCircle,
  Done: CircleCheck,
  "Done, some left out": CircleAlert,
  Failed: CircleX,
};

export function StatusIcon({ upload }: { upload: Upload }) {
  const Icon = icons[statusWords(upload)] ?? CircleAlert;
  return <Icon aria-hidden />;
}
