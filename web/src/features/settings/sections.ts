/** The sections of the settings: one entry each. */
import { t } from "@lingui/core/macro";
import {
  BotOff,
  House,
  KeyRound,
  Languages,
  type LucideIcon,
  MonitorSmartphone,
  Stamp,
  TerminalSquare,
  Webhook,
} from "lucide-react";
import type { ComponentType } from "react";

import { useKeys, useSessions } from "./api";
import { AiTraining } from "./AiTraining";
import { Browsers } from "./Browsers";
import { Device } from "./Device";
import { Keys } from "./Keys";
import { LanguageSettings } from "./LanguageSettings";
import { WatermarkSettings } from "./WatermarkSettings";
import { YourData } from "./moving/YourData";
import { useWebhooks } from "./webhooks/api";
import { Webhooks } from "./webhooks/Webhooks";
import { stateOf } from "./words";
import { serverNow } from "../../platform/clock";

export interface Section {
  /** In the address. */
  readonly name: string;
  readonly title: string;
  readonly icon: LucideIcon;
  readonly Body: ComponentType;
  /** A hook: how many there are, for the list of sections. */
  readonly useCount?: () => number | undefined;
}

const useKeyCount = () => useKeys().data?.filter((key) => stateOf(key, serverNow()) === "valid").length;
const useSessionCount = () => useSessions().data?.length;
const useWebhookCount = () => useWebhooks().data?.length;

export const SECTIONS: readonly [Section, ...Section[]] = [
  { name: "keys", title: t`Access keys`, icon: KeyRound, Body: Keys, useCount: useKeyCount },
  { name: "webhooks", title: t`Webhooks`, icon: Webhook, Body: Webhooks, useCount: useWebhookCount },
  {
    name: "browsers",
    title: t`Signed-in browsers`,
    icon: MonitorSmartphone,
    Body: Browsers,
    useCount: useSessionCount,
  },
  { name: "data", title: t`Your data`, icon: House, Body: YourData },
  { name: "watermark", title: t`Watermark`, icon: Stamp, Body: WatermarkSettings },
  { name: "ai", title: t`AI training`, icon: BotOff, Body: AiTraining },
  { name: "language", title: t`Language`, icon: Languages, Body: LanguageSettings },
  { name: "device", title: t`Approve a program`, icon: TerminalSquare, Body: Device },
];
