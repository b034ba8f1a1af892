import { t } from "@lingui/core/macro";
import type { ReactNode } from "react";

import { SelectField } from "./Field";

/** The artist's default, or what a file or post says itself. */
export type OptOut = "default" | "yes" | "no";
const OPTIONS = [
  ["default", t`The artist’s default`],
  ["yes", t`Yes`],
  ["no", t`No`],
] as const;

export const optOutOf = (value: boolean | null): OptOut => (value === null ? "default" : value ? "yes" : "no");
export const optOutWords = (value: boolean | null) => OPTIONS.find(([each]) => each === optOutOf(value))?.[1];
export const isOptedOut = (chosen: OptOut): boolean | null => (chosen === "default" ? null : chosen === "yes");

interface Props {
  value: OptOut | "";
  onChange: (value: OptOut) => void;
  /** An option before the others. */
  children?: ReactNode;
}

/** Whether a work may be used to train AI: said in headers, in packs, and in the files that leave. */
export function OptOutField({ value, onChange, children }: Props) {
  return (
    <SelectField
      className="field"
      label={t`Not for training AI`}
      options={OPTIONS}
      value={value}
      onChange={(chosen) => onChange(chosen as OptOut)}
    >
      {children}
    </SelectField>
  );
}
