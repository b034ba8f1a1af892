import { Check } from "lucide-react";
import { useState } from "react";

import { ApiError } from "../api/error";
import { useLicenses } from "../api/queries";
import { Refusal } from "../ui/Refusal";
import { changePack } from "./api";
import { fitting } from "./licences";
import { LicenseChoices } from "./LicenseChoices";
import type { LicenseType, Pack } from "./schema";

/** What the pack is called and under what licence it goes. A licence takes effect at once, and its conflicts show. */
export function PackForm({ pack, onChanged }: { pack: Pack; onChanged: () => void }) {
  const licenses = useLicenses().data?.items ?? [];
  const [values, setValues] = useState({
    name: pack.name,
    theme: pack.theme ?? "",
    description: pack.description ?? "",
  });
  const [error, setError] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const isChanged =
    values.name !== pack.name || values.theme !== (pack.theme ?? "") || values.description !== (pack.description ?? "");

  const save = async (change: Parameters<typeof changePack>[1]) => {
    setBusy(true);
    setError(null);
    try {
      await changePack(pack.id, change);
      onChanged();
    } catch (failure) {
      if (!(failure instanceof ApiError)) throw failure;
      setError(failure.message);
    }
    setBusy(false);
  };
  const choose = (type: LicenseType) => void save({ license_type: type });
  const own = fitting[pack.license_type];
  const choices = own.flatMap((identifier): { id: number | null; name: string }[] => {
    if (identifier === null) return [{ id: null, name: "Our own plain words" }];
    const found = licenses.find((license) => license.identifier === identifier);
    return found ? [{ id: found.id, name: identifier }] : [];
  });
  return (
    <form
      className="pack-form"
      onSubmit={(event) => {
        event.preventDefault();
        void save({
          name: values.name.trim(),
          theme: values.theme.trim() || null,
          description: values.description.trim() || null,
        });
      }}
    >
      <LicenseChoices value={pack.license_type} onChange={choose} />
      {choices.length > 1 && (
        <label className="licence-text">
          <span>In these words</span>
          <select
            value={String(pack.license_id ?? "")}
            disabled={isBusy}
            onChange={(event) => void save({ license_id: event.target.value ? Number(event.target.value) : null })}
          >
            {choices.map(({ id, name }) => (
              <option key={name} value={String(id ?? "")}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <div className="fields">
        <label className="wide">
          <span>Name</span>
          <input
            type="text"
            required
            maxLength={255}
            value={values.name}
            onChange={(event) => setValues({ ...values, name: event.target.value })}
          />
        </label>
        <label className="wide">
          <span>Theme</span>
          <input
            type="text"
            maxLength={64}
            value={values.theme}
            onChange={(event) => setValues({ ...values, theme: event.target.value })}
          />
        </label>
        <label className="wide">
          <span>Description</span>
          <textarea
            maxLength={5000}
            value={values.description}
            onChange={(event) => setValues({ ...values, description: event.target.value })}
          />
        </label>
      </div>
      {error && <Refusal>{error}</Refusal>}
      <button type="submit" className="button" disabled={!isChanged || isBusy || values.name.trim() === ""}>
        <Check aria-hidden /> Save
      </button>
    </form>
  );
}
