import ApartmentOutlined from "@ant-design/icons/es/icons/ApartmentOutlined";
import ExperimentOutlined from "@ant-design/icons/es/icons/ExperimentOutlined";
import HomeOutlined from "@ant-design/icons/es/icons/HomeOutlined";
import CloudUploadOutlined from "@ant-design/icons/es/icons/CloudUploadOutlined";
import DotChartOutlined from "@ant-design/icons/es/icons/DotChartOutlined";
import FileDoneOutlined from "@ant-design/icons/es/icons/FileDoneOutlined";
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import SettingOutlined from "@ant-design/icons/es/icons/SettingOutlined";
import UserOutlined from "@ant-design/icons/es/icons/UserOutlined";
import KeyOutlined from "@ant-design/icons/es/icons/KeyOutlined";
import MedicineBoxOutlined from "@ant-design/icons/es/icons/MedicineBoxOutlined";
import UnorderedListOutlined from "@ant-design/icons/es/icons/UnorderedListOutlined";
import { type ComponentType, lazy, type ReactNode } from "react";
import type { Permission } from "../../src/accounts/roles.ts";
import type { Session } from "../api/session.ts";

export type PageComponent = ComponentType<{ session: Session }>;

interface Page {
  readonly path: string;
  /** In the navigation; a page without one is reached from another. */
  readonly title?: { readonly zh: string; readonly en: string };
  readonly icon?: ReactNode;
  readonly group?: Group["key"];
  readonly who: { readonly merchants?: boolean; readonly operators?: Permission | "any" };
  readonly component: PageComponent;
}

interface Group {
  readonly key: "top" | "develop" | "business" | "credit" | "govern";
  readonly title?: { readonly zh: string; readonly en: string };
}

export const groups: readonly Group[] = [
  { key: "top" },
  { key: "develop", title: { zh: "开发", en: "Develop" } },
  { key: "business", title: { zh: "业务", en: "Business" } },
  { key: "credit", title: { zh: "信用", en: "Credit" } },
  { key: "govern", title: { zh: "治理", en: "Governance" } },
];

const everybody = { merchants: true, operators: "any" } as const;

/** Every page: where it is, who may see it, and its code, which is loaded when it is opened. */
export const pages: readonly Page[] = [
  {
    path: "/",
    title: { zh: "概览", en: "Overview" },
    icon: <HomeOutlined />,
    group: "top",
    who: everybody,
    component: lazy(() => import("../pages/overview.tsx")),
  },
  {
    path: "/requests",
    title: { zh: "调用记录", en: "Request log" },
    icon: <UnorderedListOutlined />,
    group: "develop",
    who: { merchants: true, operators: "requests:read" },
    component: lazy(() => import("../pages/requests/requests.tsx")),
  },
  {
    path: "/requests/errors",
    who: { merchants: true, operators: "requests:read" },
    component: lazy(() => import("../pages/requests/requests.tsx")),
  },
  {
    path: "/requests/:traceId",
    who: { merchants: true, operators: "requests:read" },
    component: lazy(() => import("../pages/requests/call.tsx")),
  },
  {
    path: "/debugging",
    title: { zh: "在线调试", en: "Online debugging" },
    icon: <ExperimentOutlined />,
    group: "develop",
    who: everybody,
    component: lazy(() => import("../pages/debugging/debugging.tsx")),
  },
  {
    path: "/debugging/:method",
    who: everybody,
    component: lazy(() => import("../pages/debugging/debugging.tsx")),
  },
  {
    path: "/doctor",
    title: { zh: "签名诊断", en: "Signature doctor" },
    icon: <MedicineBoxOutlined />,
    group: "develop",
    who: { merchants: true, operators: "sandbox:write" },
    component: lazy(() => import("../pages/doctor/doctor.tsx")),
  },
  {
    path: "/keys",
    title: { zh: "密钥工具", en: "Key tools" },
    icon: <KeyOutlined />,
    group: "develop",
    who: everybody,
    component: lazy(() => import("../pages/keys/keys.tsx")),
  },
  {
    path: "/merchants",
    title: { zh: "商户", en: "Merchants" },
    icon: <ApartmentOutlined />,
    group: "business",
    who: { operators: "merchants:read" },
    component: lazy(() => import("../pages/merchants/merchants.tsx")),
  },
  {
    path: "/apps",
    title: { zh: "应用与密钥", en: "Apps and keys" },
    icon: <KeyOutlined />,
    group: "business",
    who: { merchants: true, operators: "merchants:read" },
    component: lazy(() => import("../pages/apps/apps.tsx")),
  },
  {
    path: "/apps/:appId",
    who: { merchants: true, operators: "merchants:read" },
    component: lazy(() => import("../pages/apps/app.tsx")),
  },
  {
    path: "/arrangements",
    title: { zh: "合约与用量", en: "Arrangements" },
    icon: <FileDoneOutlined />,
    group: "business",
    who: { merchants: true, operators: "merchants:read" },
    component: lazy(() => import("../pages/arrangements/arrangements.tsx")),
  },
  {
    path: "/feedback",
    title: { zh: "数据反馈", en: "Feedback" },
    icon: <CloudUploadOutlined />,
    group: "business",
    who: { merchants: true, operators: "feedback:read" },
    component: lazy(() => import("../pages/feedback/feedback.tsx")),
  },
  {
    path: "/feedback/send",
    who: { merchants: true },
    component: lazy(() => import("../pages/feedback/send.tsx")),
  },
  {
    path: "/feedback/:batchId",
    who: { merchants: true, operators: "feedback:read" },
    component: lazy(() => import("../pages/feedback/batch.tsx")),
  },
  {
    path: "/statements",
    title: { zh: "对账单", en: "Statements" },
    icon: <FileDoneOutlined />,
    group: "business",
    who: { merchants: true, operators: "ledger:read" },
    component: lazy(() => import("../pages/statements/statements.tsx")),
  },
  {
    path: "/statements/:day",
    who: { merchants: true, operators: "ledger:read" },
    component: lazy(() => import("../pages/statements/statement.tsx")),
  },
  {
    path: "/people",
    title: { zh: "信息主体", en: "People" },
    icon: <UserOutlined />,
    group: "credit",
    who: { operators: "scores:read" },
    component: lazy(() => import("../pages/people/people.tsx")),
  },
  {
    path: "/cards",
    title: { zh: "评分卡", en: "Cards" },
    icon: <DotChartOutlined />,
    group: "credit",
    who: { operators: "cards:read" },
    component: lazy(() => import("../pages/cards/cards.tsx")),
  },
  {
    path: "/cards/:version",
    who: { operators: "cards:read" },
    component: lazy(() => import("../pages/cards/card.tsx")),
  },
  {
    path: "/approvals",
    title: { zh: "复核", en: "Approvals" },
    icon: <CheckCircleOutlined />,
    group: "govern",
    who: { operators: "any" },
    component: lazy(() => import("../pages/approvals/approvals.tsx")),
  },
  {
    path: "/accounts",
    title: { zh: "账号与角色", en: "Accounts and roles" },
    icon: <UserOutlined />,
    group: "govern",
    who: { operators: "operators:read" },
    component: lazy(() => import("../pages/accounts/accounts.tsx")),
  },
  {
    path: "/audit",
    title: { zh: "审计日志", en: "Audit trail" },
    icon: <UnorderedListOutlined />,
    group: "govern",
    who: { operators: "audit:read" },
    component: lazy(() => import("../pages/audit/audit.tsx")),
  },
  {
    path: "/settings",
    title: { zh: "运行配置", en: "Settings" },
    icon: <SettingOutlined />,
    group: "govern",
    who: { operators: "audit:read" },
    component: lazy(() => import("../pages/settings/settings.tsx")),
  },
];
