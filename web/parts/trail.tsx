import { type Text, useText } from "../shell/preferences.tsx";
import type { Columns } from "./list.tsx";
import { State, Time } from "./values.tsx";

/** What the audit trail says of something done, wherever it is listed. */
export interface TrailEntry {
  readonly at: string;
  readonly account: string;
  readonly role: string;
  readonly action: string;
  readonly outcome: string;
  readonly purpose: string;
}

/** When, who, what, how it ended and why. */
export function trailColumns<Entry extends TrailEntry>(t: Text): Columns<Entry> {
  return [
    { title: t("时间", "Time"), render: (_, row) => <Time at={row.at} /> },
    {
      title: t("账号", "Account"),
      render: (_, row) => (
        <>
          {row.account} <span className="quiet">{row.role}</span>
        </>
      ),
    },
    { title: t("操作", "Action"), render: (_, row) => <code>{row.action}</code> },
    { title: t("结果", "Outcome"), render: (_, row) => <Outcome>{row.outcome}</Outcome> },
    { title: t("目的", "Purpose"), render: (_, row) => (row.purpose === "" ? "—" : row.purpose) },
  ];
}

function Outcome({ children: outcome }: { children: string }) {
  const t = useText();
  switch (outcome) {
    case "begun":
      return <State tone="plain">{t("已开始", "begun")}</State>;
    case "done":
      return <State tone="good">{t("已完成", "done")}</State>;
    case "refused":
      return <State tone="warn">{t("被拒", "refused")}</State>;
    case "failed":
      return <State tone="warn">{t("失败", "failed")}</State>;
    case "asked":
      return <State tone="warn">{t("待复核", "asked")}</State>;
    default:
      return <State tone="warn">{outcome}</State>;
  }
}
