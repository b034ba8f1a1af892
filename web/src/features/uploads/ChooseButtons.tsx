import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { FilePlus, FolderPlus } from "lucide-react";
import { useEffect, useRef } from "react";

import { Button } from "../../ui/Button";
import { offerChosen } from "./offered";

/** Buttons to choose files, or a folder with everything in it. */
export function ChooseButtons({ isFirst = false }: { isFirst?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // React does not know this attribute.
    folder.current?.setAttribute("webkitdirectory", "");
  }, []);
  return (
    <>
      <input ref={files} type="file" multiple hidden aria-label={t`Files to upload`} onChange={offerChosen} />
      <input ref={folder} type="file" multiple hidden aria-label={t`Folder to upload`} onChange={offerChosen} />
      <Button icon={FilePlus} look={isFirst ? "primary" : ""} onClick={() => files.current?.click()}>
        <Trans>Choose files</Trans>
      </Button>
      <Button icon={FolderPlus} onClick={() => folder.current?.click()}>
        <Trans>Choose a folder</Trans>
      </Button>
    </>
  );
}
