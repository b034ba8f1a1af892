import type { LucideIcon } from "lucide-react";
import type { ComponentProps } from "react";

interface Look extends ComponentProps<"button"> {
  /** Classes beside the usual one: "primary", "danger". */
  look?: string;
}

interface ButtonProps extends Look {
  icon?: LucideIcon;
  /** What it is about, for those who do not see where it stands. */
  about?: string;
}

/** A button of words, most with an icon before them. */
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

/** A button that is an icon; its words are for those who do not see it. */
export function IconButton({ look = "", icon: Icon, label, ...others }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${look}`.trim()} aria-label={label} {...others}>
      <Icon aria-hidden />
    </button>
  );
}
