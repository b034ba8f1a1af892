import { useState } from "react";

import { SearchBox } from "./SearchBox";

export function WithTokens() {
  const [tokens, setTokens] = useState(["tag: sea", "format: gif"]);
  const [text, setText] = useState("");
  return (
    <SearchBox
      aria-label="Search"
      tokens={tokens.map((name) => ({ name, words: name }))}
      onTake={(name) => setTokens(tokens.filter((each) => each !== name))}
      value={text}
      onChange={setText}
    />
  );
}
