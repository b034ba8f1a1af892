import { t } from "@lingui/core/macro";
import { Download } from "lucide-react";

import { formatCount } from "../platform/format";
import { isUnfinished } from "../data/downloads";
import { toggleTray, useTray } from "../ui/tray";
import { useDownloads } from "../data/useDownloads";

/** Opens the downloads from any page; the badge counts those being built. */
export function TrayButton() {
  const isOpen = useTray();
  const building = useDownloads().items?.filter(isUnfinished).length ?? 0;
  return (
    <button
      type="button"
      className="button quiet tray-button"
      aria-label={building > 0 ? t`Downloads, ${formatCount(building)} being built` : t`Downloads`}
      aria-expanded={isOpen}
      title={t`Downloads (w)`}
      onClick={toggleTray}
    >
      <Download aria-hidden />
      {building > 0 && <span className="numbers">{formatCount(building)}</span>}
    </button>
  );
}
