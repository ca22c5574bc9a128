import { Input } from "antd";
import { useState } from "react";
import { useAsk } from "../../api/queries.ts";
import { ColumnChart } from "../../parts/charts.tsx";
import { yuanText } from "../../parts/money.ts";
import { Figures, Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { useText } from "../../shell/preferences.tsx";
import { daysOfMonth } from "./days-of-month.ts";

/** What a merchant asked for in a month: the sums, and a column for each day. */
export function Usage({ query }: { query: { readonly merchantId?: string } }) {
  const t = useText();
  const [month, setMonth] = useState<string>();
  const asked = useAsk("GET /api/ledger/usage", { query: { ...query, ...(month === undefined ? {} : { month }) } });
  if (asked.isError) return <ProblemAlert error={asked.error} />;
  const { data } = asked;
  if (data === undefined) return null;
  const byDay = new Map(data.days.map((each) => [each.day, each]));
  const { days } = data;
  const sum = (of: (day: (typeof days)[number]) => number): number => days.reduce((total, day) => total + of(day), 0);
  const inquiries = sum((day) => day.inquiries);
  return (
    <Panel
      title={t("月度用量", "Usage in a month")}
      actions={
        <Input
          type="month"
          aria-label={t("月份", "Month")}
          value={data.month}
          max={data.today.slice(0, 7)}
          onChange={(event) => event.target.value !== "" && setMonth(event.target.value)}
          style={{ width: 160 }}
        />
      }
    >
      <div className="stack">
        <Figures
          figures={[
            [t("查询", "Inquiries"), inquiries.toLocaleString("en")],
            [t("计费", "Billed"), sum((day) => day.billedInquiries).toLocaleString("en")],
            [t("金额（元）", "Amount (yuan)"), yuanText(sum((day) => day.amountFen))],
          ]}
        />
        {inquiries === 0 ? (
          <p className="quiet">{t("这个月还没有查询。", "Nothing was asked for in this month.")}</p>
        ) : (
          <ColumnChart
            about={t(
              `${data.month} 每日查询次数，共 ${inquiries} 次`,
              `Inquiries by day in ${data.month}, ${inquiries} in all`,
            )}
            points={daysOfMonth(data.month).map((day) => {
              const used = byDay.get(day);
              return {
                key: day,
                label: day.slice(5),
                value: used?.inquiries ?? 0,
                title: `${day}: ${used?.inquiries ?? 0} · ¥${yuanText(used?.amountFen ?? 0)}`,
              };
            })}
          />
        )}
      </div>
    </Panel>
  );
}
