import { Button, Tabs } from "antd";
import { Link } from "react-router";
import { useState } from "react";
import { ask, type ReplyOf } from "../../api/client.ts";
import { useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, List } from "../../parts/list.tsx";
import { ChooseMerchantFirst, type ChosenMerchant, MerchantChoice, useMerchant } from "../../parts/merchant-choice.tsx";
import { yuanText } from "../../parts/money.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Code, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";

type Statement = ReplyOf<"GET /api/statements">["statements"][number];
type Adjustment = ReplyOf<"GET /api/ledger/adjustments">["adjustments"][number];

export default function StatementsPage({ session }: { session: Session }) {
  const t = useText();
  const merchant = useMerchant(session);
  return (
    <>
      <PageHead
        title={t("对账单", "Statements")}
        about={t(
          "每个北京日结束后出具，出具后不再改动；更正以调账记在之后的对账单上。",
          "Issued when a day is over in Beijing, and frozen; what is corrected stands on a later one.",
        )}
        actions={
          mayCall(session, { operators: "ledger:write" }) &&
          merchant.query.merchantId !== undefined && (
            <OperatorActions key={merchant.query.merchantId} merchantId={merchant.query.merchantId} />
          )
        }
      />
      <div className="filters">
        <MerchantChoice merchant={merchant} session={session} />
      </div>
      {merchant.isChosen ? (
        <Tabs
          destroyOnHidden
          items={[
            { key: "days", label: t("按日", "By day"), children: <Days merchant={merchant} /> },
            { key: "adjustments", label: t("调账", "Adjustments"), children: <Adjustments merchant={merchant} /> },
          ]}
        />
      ) : (
        <ChooseMerchantFirst />
      )}
    </>
  );
}

function Days({ merchant }: { merchant: ChosenMerchant }) {
  const t = useText();
  const search = new URLSearchParams(merchant.query).toString();
  const columns: Columns<Statement> = [
    {
      title: t("日期", "Day"),
      render: (_, row) => <Link to={`/statements/${row.day}${search === "" ? "" : `?${search}`}`}>{row.day}</Link>,
    },
    { title: t("查询", "Inquiries"), render: (_, row) => <span className="number">{row.inquiries}</span> },
    { title: t("计费", "Billed"), render: (_, row) => <span className="number">{row.billedInquiries}</span> },
    { title: t("调账", "Adjustments"), render: (_, row) => <span className="number">{row.adjustments}</span> },
    {
      title: t("金额（元）", "Amount (yuan)"),
      render: (_, row) => <span className="number">{yuanText(row.amountFen)}</span>,
    },
    { title: t("下载", "Download"), render: (_, row) => <DownloadButton day={row.day} merchant={merchant} /> },
  ];
  return (
    <List
      name="GET /api/statements"
      input={{ query: merchant.query }}
      rows={(reply) => reply.statements}
      rowKey={(row) => row.day}
      columns={columns}
      empty={t(
        "还没有对账单：每天零时十分后出具前一日的。",
        "No statement yet: each day's is issued ten minutes after midnight.",
      )}
    />
  );
}

/** The address of a statement's CSV is good for a short while: it is asked for when somebody wants the file. */
export function DownloadButton({ day, merchant }: { day: string; merchant: ChosenMerchant }) {
  const t = useText();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const download = async (): Promise<void> => {
    setIsBusy(true);
    setError(undefined);
    try {
      const { url } = await ask("GET /api/statements/:day", { params: { day }, query: merchant.query });
      const { pathname, search } = new URL(url);
      location.assign(`${pathname}${search}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <>
      <Button
        size="small"
        loading={isBusy}
        onClick={() => void download()}
        aria-label={t(`下载 CSV ${day}`, `Download CSV ${day}`)}
      >
        CSV
      </Button>
      {error !== undefined && <ProblemAlert error={error} />}
    </>
  );
}

function Adjustments({ merchant }: { merchant: ChosenMerchant }) {
  const t = useText();
  const columns: Columns<Adjustment> = [
    { title: t("时间", "Time"), render: (_, row) => <Time at={row.madeAt} /> },
    { title: "biz_no", render: (_, row) => <Code>{row.bizNo}</Code> },
    {
      title: t("金额（元）", "Amount (yuan)"),
      render: (_, row) => <span className="number">{yuanText(row.amountFen)}</span>,
    },
    { title: t("原因", "Why"), dataIndex: "reason" },
    { title: t("经办", "Made by"), dataIndex: "madeBy" },
    { title: t("编号", "Number"), render: (_, row) => <Code>{row.adjustmentNo}</Code> },
  ];
  return (
    <List
      name="GET /api/ledger/adjustments"
      input={{ query: merchant.query }}
      rows={(reply) => reply.adjustments}
      rowKey={(row) => row.adjustmentNo}
      columns={columns}
      empty={t("没有调账。", "Nothing was corrected.")}
    />
  );
}

function OperatorActions({ merchantId }: { merchantId: string }) {
  const t = useText();
  const issue = useSend("POST /api/statements");
  const adjust = useSend("POST /api/ledger/adjustments");
  return (
    <>
      <FormButton
        title={t("调账", "Correct a bill")}
        about={t(
          "在之后的对账单上记一行更正，金额为负即退还。",
          "A line of its own on the next statement; less than 0 gives back.",
        )}
        fields={[
          { name: "bizNo", label: "biz_no", required: true, maxLength: 64 },
          { name: "amountFen", label: t("金额（分）", "Amount (fen)"), kind: "number", required: true },
          {
            name: "reason",
            label: t("原因（商户可见）", "Why (the merchant reads it)"),
            required: true,
            maxLength: 200,
          },
        ]}
        onSubmit={async ({ bizNo, amountFen, reason }) =>
          void (await adjust.mutateAsync({
            body: { merchantId, bizNo: String(bizNo), amountFen: Number(amountFen), reason: String(reason) },
          }))
        }
      />
      <FormButton
        title={t("出具对账单", "Issue a statement")}
        button={{ type: "primary" }}
        fields={[
          { name: "day", label: t("日期（北京，已结束）", "Day (over, in Beijing)"), kind: "day", required: true },
        ]}
        onSubmit={async ({ day }) => void (await issue.mutateAsync({ body: { merchantId, day: String(day) } }))}
      />
    </>
  );
}
