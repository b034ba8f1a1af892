import { Save } from "lucide-react";
import { useState } from "react";

import { PMDError } from "@pmd/client";
import { Button } from "./Button";
import { Dialog, FormDialog } from "./Dialog";
import { TextField } from "./Field";

export function Plain() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Open</Button>
      {isOpen && (
        <Dialog title="Shortcuts" onClose={() => setOpen(false)}>
          <p>Escape closes it.</p>
        </Dialog>
      )}
    </>
  );
}

/** The first attempt fails, the second one does not. */
export function Form() {
  const [isOpen, setOpen] = useState(false);
  const [attempts, setAttempts] = useState(0);
  const [name, setName] = useState("");
  const submit = () => {
    setAttempts(attempts + 1);
    if (attempts === 0) throw new PMDError(409, "The name is taken.");
    setOpen(false);
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>Rename</Button>
      {isOpen && (
        <FormDialog title="Rename" icon={Save} confirm="Save" onSubmit={submit} onClose={() => setOpen(false)}>
          <TextField className="field" label="Name" value={name} onChange={setName} />
        </FormDialog>
      )}
    </>
  );
}
