import {
  IconChartBar,
  IconCamera,
  IconClipboardCheck,
  IconClipboardList,
  IconMap2,
  IconRepeat,
  IconSettings,
  type Icon,
} from "@tabler/icons-react";

import type zhCN from "../i18n/zh-CN.json";
import type { Permission } from "../session/useSession";

export interface PageEntry {
  to: string;
  /** Its name is the text `nav.${key}`. */
  key: Exclude<keyof (typeof zhCN)["nav"], "label" | "skip" | "more">;
  Icon: Icon;
  /** Who lacks it, or has none of several, sees neither the entry nor the page. */
  permission?: Permission | readonly Permission[];
}

/** The pages in the order of the navigation; what does not fit into a line stands in a menu. */
export const PAGES: PageEntry[] = [
  { to: "/review", key: "review", Icon: IconClipboardCheck, permission: "findings:read" },
  { to: "/map", key: "map", Icon: IconMap2, permission: "findings:read" },
  { to: "/cases", key: "cases", Icon: IconClipboardList, permission: "cases:read" },
  { to: "/matters", key: "matters", Icon: IconRepeat, permission: "findings:read" },
  { to: "/cameras", key: "cameras", Icon: IconCamera, permission: "cameras:read" },
  { to: "/figures", key: "figures", Icon: IconChartBar, permission: "findings:read" },
  {
    to: "/admin",
    key: "admin",
    Icon: IconSettings,
    permission: ["audit:read", "models:manage"],
  },
];

export function mayOpen(page: PageEntry | undefined, permissions: readonly Permission[]): boolean {
  return !page?.permission || [page.permission].flat().some((one) => permissions.includes(one));
}

export function isUnder(page: PageEntry, pathname: string): boolean {
  return pathname === page.to || pathname.startsWith(`${page.to}/`);
}
