import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { FilePlus, FolderOpen, FolderPlus, ImagePlus } from "lucide-react";
import { useEffect, useRef } from "react";

import { MEDIA } from "../../platform/media";
import { Button } from "../../ui/Button";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { offerChosen } from "./offered";

/** What a phone offers from its own pictures and recordings. */
const MEDIA_TYPES = "image/*,video/*,audio/*";

/** Buttons to choose files, or a folder with everything in it; on a phone, from what it has recorded or from its files. */
export function ChooseButtons({ isFirst = false }: { isFirst?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const media = useRef<HTMLInputElement>(null);
  const isHandheld = useMediaQuery(MEDIA.handheld);
  useEffect(() => {
    // React does not know this attribute.
    folder.current?.setAttribute("webkitdirectory", "");
  }, []);
  const chooseFiles = (
    <Button icon={FilePlus} look={isFirst ? "primary" : "edged"} onClick={() => files.current?.click()}>
      <Trans>Choose files</Trans>
    </Button>
  );
  return (
    <>
      <input ref={files} type="file" multiple hidden aria-label={t`Files to upload`} onChange={offerChosen} />
      <input ref={folder} type="file" multiple hidden aria-label={t`Folder to upload`} onChange={offerChosen} />
      {isHandheld ? (
        <>
          <input
            ref={media}
            type="file"
            multiple
            hidden
            accept={MEDIA_TYPES}
            aria-label={t`Pictures and sounds to upload`}
            onChange={offerChosen}
          />
          <Button icon={ImagePlus} look={isFirst ? "primary" : "edged"} onClick={() => media.current?.click()}>
            <Trans>From this phone</Trans>
          </Button>
          <Button icon={FolderOpen} look="second edged" onClick={() => files.current?.click()}>
            <Trans>From files or a ZIP</Trans>
          </Button>
        </>
      ) : (
        <>
          {isFirst && chooseFiles}
          <Button icon={FolderPlus} look="second edged" onClick={() => folder.current?.click()}>
            <Trans>Choose a folder</Trans>
          </Button>
          {!isFirst && chooseFiles}
        </>
      )}
    </>
  );
}
