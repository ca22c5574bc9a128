/** The noun of what is read or changed, and which of the two: what a route asks for and an API token may be narrowed to. */
export type Permission = `${Area}:${"read" | "write"}`;

export const areas = [
  "merchants",
  "keys",
  "templates",
  "feedback",
  "requests",
  "ledger",
  "people",
  "scores",
  "cards",
  "operators",
  "audit",
  "sandbox",
] as const;
export type Area = (typeof areas)[number];

export const roles = ["admin", "operations", "risk", "support", "auditor"] as const;
/** What an operator is there for. */
export type Role = (typeof roles)[number];

/** What each role may do: `write` includes `read`. The one table of it; docs/operating.md prints it. */
export const mayDo: Readonly<Record<Area, Readonly<Record<Role, "write" | "read" | "none">>>> = {
  merchants: { admin: "write", operations: "write", risk: "read", support: "read", auditor: "read" },
  keys: { admin: "write", operations: "write", risk: "none", support: "none", auditor: "read" },
  templates: { admin: "write", operations: "write", risk: "read", support: "read", auditor: "read" },
  feedback: { admin: "read", operations: "read", risk: "read", support: "read", auditor: "read" },
  requests: { admin: "read", operations: "read", risk: "none", support: "read", auditor: "read" },
  ledger: { admin: "write", operations: "write", risk: "none", support: "read", auditor: "read" },
  people: { admin: "write", operations: "none", risk: "none", support: "write", auditor: "none" },
  scores: { admin: "write", operations: "none", risk: "write", support: "read", auditor: "none" },
  cards: { admin: "write", operations: "read", risk: "write", support: "none", auditor: "read" },
  operators: { admin: "write", operations: "none", risk: "none", support: "none", auditor: "read" },
  audit: { admin: "read", operations: "none", risk: "none", support: "none", auditor: "read" },
  sandbox: { admin: "write", operations: "write", risk: "write", support: "write", auditor: "none" },
};

/** In a sentence, for whoever chooses one. */
export const roleTitles: Readonly<Record<Role, { readonly en: string; readonly zh: string }>> = {
  admin: { en: "everything, operators among it", zh: "全部权限，含操作员管理" },
  operations: { en: "merchants, apps, contracts, keys and bills", zh: "商户、应用、合约、密钥与账单" },
  risk: { en: "the scorecard and scores", zh: "评分卡与评分" },
  support: { en: "people: their logins, their files, their questions", zh: "信息主体：账号、档案与咨询" },
  auditor: { en: "reads the audit trail, bills and settings; changes nothing", zh: "只读审计日志、账单与配置" },
};

export const permissions: readonly Permission[] = areas.flatMap((area) => [`${area}:read`, `${area}:write`] as const);

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}

/** Whether an operator of this role may do it, through a token narrowed to `narrowedTo` or, undefined, through no such. */
export function isPermitted(
  role: Role,
  permission: Permission,
  narrowedTo: readonly string[] | undefined = undefined,
): boolean {
  const [area, verb] = permission.split(":") as [Area, "read" | "write"]; // The two parts of the type's own pattern.
  const granted = mayDo[area][role];
  if (granted === "none" || (verb === "write" && granted === "read")) return false;
  return (
    narrowedTo === undefined ||
    narrowedTo.includes(permission) ||
    (verb === "read" && narrowedTo.includes(`${area}:write`))
  );
}

export function rolesThatMay(permission: Permission): readonly Role[] {
  return roles.filter((role) => isPermitted(role, permission));
}
