import { Grid2x2, List } from "lucide-react";
import { useState } from "react";

import { Bar, BarDivider, Tabs } from "./Bar";
import { Button } from "./Button";

export function Toolbar() {
  const [state, setState] = useState<"all" | "new">("all");
  const [look, setLook] = useState<"grid" | "list">("grid");
  return (
    <Bar title="Library" count={12} isTitled>
      <Tabs
        label="State"
        options={[
          { value: "all", words: "All", count: 12 },
          { value: "new", words: "New", count: 4, isExact: false },
        ]}
        value={state}
        onChange={setState}
      />
      <BarDivider />
      <Tabs
        label="Layout"
        look=""
        options={[
          { value: "grid", words: "Grid", icon: Grid2x2 },
          { value: "list", words: "List", icon: List },
        ]}
        value={look}
        onChange={setLook}
      />
      <Button look="primary">Upload</Button>
    </Bar>
  );
}
