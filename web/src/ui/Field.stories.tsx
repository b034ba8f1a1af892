import { useState } from "react";

import { SelectField, TextArea, TextField } from "./Field";

export function Fields() {
  const [text, setText] = useState("Dragons");
  const [kind, setKind] = useState("b");
  return (
    <div className="fields">
      <TextField className="field" label="Name" value={text} onChange={setText} help={<small>Up to 80.</small>} />
      <TextArea className="field" label="Note" value={text} onChange={setText} />
      <SelectField
        className="field"
        label="Kind"
        value={kind}
        onChange={setKind}
        options={[
          ["a", "Picture"],
          ["b", "Sound"],
        ]}
      />
      <label className="beside">
        <input type="checkbox" defaultChecked /> Shown
      </label>
      <label className="beside">
        <input type="radio" defaultChecked /> One of them
      </label>
    </div>
  );
}
