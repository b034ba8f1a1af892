import { FilePlus, FolderPlus } from "lucide-react";
import { useEffect, useRef } from "react";

import { Button } from "../ui/Button";
import { offerChosen } from "./offered";

/** Two ways to choose, for those who do not drag: files, or a folder with all that is in it. */
export function ChooseButtons({ isFirst = false }: { isFirst?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // React knows no such attribute.
    folder.current?.setAttribute("webkitdirectory", "");
  }, []);
  return (
    <>
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={offerChosen} />
      <input ref={folder} type="file" multiple hidden aria-label="Folder to upload" onChange={offerChosen} />
      <Button icon={FilePlus} look={isFirst ? "primary" : ""} onClick={() => files.current?.click()}>
        Choose files
      </Button>
      <Button icon={FolderPlus} onClick={() => folder.current?.click()}>
        Choose a folder
      </Button>
    </>
  );
}
