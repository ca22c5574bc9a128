import { useParams } from "react-router";
import type { ReplyOf } from "../../api/client.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { type Columns, List } from "../../parts/list.tsx";
import { ChooseMerchantFirst, useMerchant } from "../../parts/merchant-choice.tsx";
import { yuanText } from "../../parts/money.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { Code, State, Time } from "../../parts/values.tsx";
import { type Text, useText } from "../../shell/preferences.tsx";
import { Reconcile } from "./reconcile.tsx";
import { DownloadButton } from "./statements.tsx";

type Line = ReplyOf<"GET /api/ledger/lines">["lines"][number];

/** A day's lines, each with why it costs what it costs, and how one's own file compares. */
export default function StatementPage({ session }: { session: Session }) {
  const t = useText();
  const { day = "" } = useParams();
  const merchant = useMerchant(session);
  const search = new URLSearchParams(merchant.query).toString();
  const columns: Columns<Line> = [
    { title: t("时间", "Time"), render: (_, row) => <Time at={row.at} /> },
    {
      title: t("业务", "What"),
      render: (_, row) =>
        row.kind === "inquiry" ? t("评分查询", "Inquiry") : <State tone="info">{t("调账", "Adjustment")}</State>,
    },
    { title: "biz_no", render: (_, row) => <Code>{row.bizNo}</Code> },
    {
      title: "transaction_id",
      render: (_, row) => (row.transactionId === "" ? "—" : <Code>{row.transactionId}</Code>),
    },
    {
      title: t("金额（元）", "Amount (yuan)"),
      render: (_, row) => <span className="number">{yuanText(row.amountFen)}</span>,
    },
    { title: t("说明", "Why"), render: (_, row) => <div className="wide-text">{explainLine(t, row)}</div> },
    { title: t("应用", "App"), render: (_, row) => <Code>{row.appId}</Code> },
  ];
  return (
    <>
      <PageHead
        title={t(`${day} 对账单`, `Statement of ${day}`)}
        back={{ to: `/statements${search === "" ? "" : `?${search}`}`, title: t("对账单", "Statements") }}
        actions={merchant.isChosen && <DownloadButton day={day} merchant={merchant} />}
      />
      {merchant.isChosen ? (
        <div className="stack">
          <List
            name="GET /api/ledger/lines"
            input={{ query: { ...merchant.query, day } }}
            rows={(reply) => reply.lines}
            rowKey={(row) => `${row.kind} ${row.bizNo} ${row.at} ${row.note}`}
            columns={columns}
            empty={t("这一天没有查询。", "Nothing was asked for on this day.")}
          />
          {mayCall(session, { merchants: true, operators: "ledger:read" }) && (
            <Reconcile day={day} merchant={merchant} />
          )}
        </div>
      ) : (
        <ChooseMerchantFirst />
      )}
    </>
  );
}

function explainLine(t: Text, { kind, unbilledBecause, note }: Line): string {
  if (kind === "adjustment") return note;
  if (unbilledBecause === null) return t("按合约单价计费。", "Billed at the arrangement's price.");
  return {
    na: t("答复为 N/A，按合约不计费。", "Answered N/A, which the arrangement does not bill."),
    free: t("合约单价为零。", "The arrangement's price is zero."),
    closed: t("未在时限内应答，已关闭，不计费。", "Not answered in time: it was closed, and is not billed."),
  }[unbilledBecause];
}
