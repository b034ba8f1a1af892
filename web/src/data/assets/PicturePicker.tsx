import "./PicturePicker.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useState } from "react";

import { TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { request } from "../client";
import { AssetPage } from "./schema";
import { SmallPreview } from "./SmallPreview";

/** What fits without a search. */
const SHOWN = 24;

interface Props {
  label: string;
  chosen: number | null;
  onChoose: (id: number) => void;
}

/** One picture of the library: the newest ones, and a search for others. */
export function PicturePicker({ label, chosen, onChoose }: Props) {
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const name = useId();
  const { data, error } = useQuery({
    queryKey: ["pictures", wanted],
    queryFn: ({ signal }) => {
      const query = { type: "image", limit: String(SHOWN), ...(wanted && { q: wanted }) };
      return request(AssetPage, "GET", "/api/pmd/assets", { query, signal });
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
  return (
    <div className="picture-picker">
      <TextField
        className="field"
        label={label}
        type="search"
        placeholder={t`Search the library`}
        autoComplete="off"
        value={text}
        onChange={setText}
      />
      {error && <FormError>{error.message}</FormError>}
      {data?.items.length === 0 && (
        <p className="muted">
          <Trans>No pictures are found.</Trans>
        </p>
      )}
      <div role="radiogroup" aria-label={label}>
        {data?.items.map((asset) => (
          <label key={asset.id} title={asset.name}>
            <input
              type="radio"
              className="visually-hidden"
              name={name}
              aria-label={asset.name}
              checked={asset.id === chosen}
              onChange={() => onChoose(asset.id)}
            />
            <SmallPreview asset={asset} />
            <small className="cut" dir="auto">
              {asset.name}
            </small>
          </label>
        ))}
      </div>
    </div>
  );
}
