import { Alert, Skeleton } from "antd";
import type { ReplyOf } from "../../api/client.ts";
import { type Columns, Rows } from "../../parts/list.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { trailColumns } from "../../parts/trail.tsx";
import { Code, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import type { Looked } from "./people.tsx";
import { StateOfInquiry } from "./score-of-person.tsx";
import { useLook } from "./use-look.ts";

type WhoAsked = ReplyOf<"POST /api/people/who-asked">;
type Inquiry = WhoAsked["inquiries"][number];
type StaffEntry = WhoAsked["staff"][number];

export function WhoAskedPerson({ looked }: { looked: Looked }) {
  const t = useText();
  const look = useLook("POST /api/people/who-asked", looked);
  if (look.isError) return <ProblemAlert error={look.error} />;
  if (look.data === undefined) return <Skeleton active />;
  const { inquiries, staff, moreInquiries, moreStaff } = look.data;
  const inquiryColumns: Columns<Inquiry> = [
    { title: t("时间", "Time"), render: (_, row) => <Time at={row.acceptedAt} /> },
    {
      title: t("商户", "Merchant"),
      render: (_, row) => (
        <>
          {row.merchantName ?? "—"} <span className="quiet">{row.merchantId}</span>
        </>
      ),
    },
    { title: t("应用", "App"), render: (_, row) => <Code>{row.appId}</Code> },
    { title: t("授权目的", "Purpose"), dataIndex: "purpose" },
    { title: t("答复", "Answer"), render: (_, row) => <span className="number">{row.score ?? "—"}</span> },
    { title: t("计费", "Billing"), render: (_, row) => <StateOfInquiry because={row.unbilledBecause} /> },
    { title: "biz_no", render: (_, row) => <Code>{row.bizNo}</Code> },
  ];
  return (
    <div className="stack">
      <Panel title={t("商户的查询", "Merchants' inquiries")}>
        <Rows
          rows={inquiries}
          rowKey={(row) => row.bizNo}
          columns={inquiryColumns}
          empty={t("没有商户查询过。", "No merchant asked.")}
        />
        {moreInquiries && <MoreThere />}
      </Panel>
      <Panel title={t("工作人员的查看", "Looks of the staff")}>
        <Rows
          rows={staff}
          rowKey={(row) => `${row.at} ${row.account} ${row.action} ${row.outcome}`}
          columns={trailColumns<StaffEntry>(t)}
          empty={t("没有工作人员查看过。", "Nobody of the staff looked.")}
        />
        {moreStaff && <MoreThere />}
      </Panel>
    </div>
  );
}

function MoreThere() {
  const t = useText();
  return (
    <Alert
      type="info"
      style={{ marginTop: 12 }}
      title={t("还有更多，完整内容在档案导出中。", "There are more: the export of the file has all.")}
    />
  );
}
