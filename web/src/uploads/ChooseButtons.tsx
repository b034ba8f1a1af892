import { FilePlus, FolderPlus } from "lucide-react";
import { useEffect, useRef } from "react";

import { fromInput } from "./chosen";
import { offer } from "./offered";

/** Two ways to choose, for those who do not drag: files, or a folder with all that is in it. */
export function ChooseButtons({ isFirst = false }: { isFirst?: boolean }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // React knows no such attribute.
    folder.current?.setAttribute("webkitdirectory", "");
  }, []);
  const take = (event: { target: HTMLInputElement }) => {
    const list = [...(event.target.files ?? [])];
    // The same files can be chosen again later: that is how an interrupted upload goes on.
    event.target.value = "";
    if (list.length > 0) offer(fromInput(list));
  };
  return (
    <>
      <input ref={files} type="file" multiple hidden aria-label="Files to upload" onChange={take} />
      <input ref={folder} type="file" multiple hidden aria-label="Folder to upload" onChange={take} />
      <button type="button" className={isFirst ? "button primary" : "button"} onClick={() => files.current?.click()}>
        <FilePlus aria-hidden /> Choose files
      </button>
      <button type="button" className="button" onClick={() => folder.current?.click()}>
        <FolderPlus aria-hidden /> Choose a folder
      </button>
    </>
  );
}
