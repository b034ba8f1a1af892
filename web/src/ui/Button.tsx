import "./Button.css";

import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

interface Look extends ComponentProps<"button"> {
  /** Additional classes: "primary", "danger". */
  look?: string;
}

interface ButtonProps extends Look {
  icon?: LucideIcon;
  /** The object of the action, for screen readers. */
  about?: string;
}

export function Button({ look = "", icon: Icon, about, children, ...others }: ButtonProps) {
  return (
    <button type="button" className={`button ${look}`.trim()} {...others}>
      {Icon && <Icon aria-hidden />} {children}
      {about && <span className="visually-hidden"> {about}</span>}
    </button>
  );
}

interface IconButtonProps extends Look {
  icon: LucideIcon;
  label: string;
}

/** An icon button; its label is for screen readers. */
export function IconButton({ look = "", icon: Icon, label, ...others }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${look}`.trim()} aria-label={label} {...others}>
      <Icon aria-hidden />
    </button>
  );
}
