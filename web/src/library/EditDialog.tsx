import { Check } from "lucide-react";
import { useState } from "react";

import { ApiError } from "../api/error";
import { useLicenses } from "../api/queries";
import { plural } from "../lib/format";
import { Dialog } from "../ui/Dialog";
import { DialogFooter } from "../ui/DialogFooter";
import { Refusal } from "../ui/Refusal";
import { changeFrom } from "./edits";
import type { Asset, AssetEdit } from "./schema";
import { provenanceNames } from "./words";

interface Props {
  assets: readonly Asset[];
  /** Settles when the service has changed all of them. */
  onApply: (change: AssetEdit) => Promise<void>;
  onClose: () => void;
}

/** Of many files at once: only what is filled in changes; what differs among them says so. */
export function EditDialog({ assets, onApply, onClose }: Props) {
  const licenses = useLicenses().data?.items ?? [];
  const [first] = assets;
  const isOne = assets.length === 1;
  const [values, setValues] = useState(() => ({
    name: isOne ? (first?.name ?? "") : "",
    theme: common(assets, ({ theme }) => theme ?? "") ?? "",
    source: common(assets, ({ source }) => source ?? "") ?? "",
    attribution: common(assets, ({ attribution }) => attribution ?? "") ?? "",
    provenance: common(assets, ({ provenance }) => provenance) ?? "",
    license: common(assets, ({ license_id: id }) => String(id ?? "none")) ?? "",
    add: "",
    remove: "",
  }));
  const [initial] = useState(values);
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const set = (name: keyof typeof values) => (event: { target: { value: string } }) =>
    setValues({ ...values, [name]: event.target.value });
  const change = changeFrom(values, initial);
  const tags = [...new Set(assets.flatMap(({ hashtags }) => hashtags))].sort();

  const apply = async () => {
    setBusy(true);
    try {
      await onApply(change);
      onClose();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
      setBusy(false);
    }
  };

  const text = (name: "name" | "theme" | "source" | "attribution", label: string, maxLength: number) => (
    <label>
      <span>{label}</span>
      <input
        type="text"
        maxLength={maxLength}
        placeholder={!isOne && values[name] === "" ? "as it is" : ""}
        value={values[name]}
        onChange={set(name)}
      />
    </label>
  );
  return (
    <Dialog title={isOne ? "Edit the file" : `Edit ${plural(assets.length, "file")}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void apply();
        }}
      >
        <fieldset className="fields">
          <legend>{isOne ? "" : "Only what you change here changes."}</legend>
          {isOne && text("name", "Name", 255)}
          {text("theme", "Theme", 64)}
          <label>
            <span>Who made it</span>
            <select value={values.provenance} onChange={set("provenance")}>
              {values.provenance === "" && <option value="">as it is</option>}
              {Object.entries(provenanceNames).map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>Licence</span>
            <select value={values.license} onChange={set("license")}>
              {values.license === "" && <option value="">as it is</option>}
              <option value="none">None: all rights reserved</option>
              {licenses.map(({ id, identifier }) => (
                <option key={id} value={String(id)}>
                  {identifier}
                </option>
              ))}
            </select>
          </label>
          {text("attribution", "Credit", 255)}
          {text("source", "Source", 255)}
          <label>
            <span>Add hashtags</span>
            <input type="text" maxLength={500} value={values.add} onChange={set("add")} />
          </label>
          <label>
            <span>Take hashtags away</span>
            <input type="text" maxLength={500} list="asset-tags" value={values.remove} onChange={set("remove")} />
            <datalist id="asset-tags">
              {tags.map((tag) => (
                <option key={tag} value={tag} />
              ))}
            </datalist>
          </label>
        </fieldset>
        {error && <Refusal>{error}</Refusal>}
        <DialogFooter icon={Check} isDisabled={isBusy || Object.keys(change).length === 0} onClose={onClose}>
          Apply to {plural(assets.length, "file")}
        </DialogFooter>
      </form>
    </Dialog>
  );
}

/** What all of them have alike; null where they differ. */
function common(assets: readonly Asset[], of: (asset: Asset) => string): string | null {
  const values = new Set(assets.map(of));
  return values.size === 1 ? ([...values][0] ?? null) : null;
}
