import { Progress } from "antd";
import type { ReplyOf } from "../../api/client.ts";
import { useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, List } from "../../parts/list.tsx";
import { ChooseMerchantFirst, MerchantChoice, useMerchant } from "../../parts/merchant-choice.tsx";
import { yuanText } from "../../parts/money.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { beijingText, Code, Suspended } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import { ArrangementForm } from "./arrangement-form.tsx";
import { Usage } from "./usage.tsx";

export type Arrangement = ReplyOf<"GET /api/arrangements">["arrangements"][number];

export default function ArrangementsPage({ session }: { session: Session }) {
  const t = useText();
  const merchant = useMerchant(session);
  const mayChange = mayCall(session, { operators: "merchants:write" });
  const change = useSend("PATCH /api/merchants/:merchantId/arrangements/:productCode");
  const columns: Columns<Arrangement> = [
    { title: t("产品码", "Product"), render: (_, row) => <Code>{row.productCode}</Code> },
    {
      title: t("有效期（北京）", "Term (Beijing)"),
      render: (_, row) => (
        <span className="number">
          {beijingText(row.validFrom).slice(0, 10)} – {beijingText(Date.parse(row.validTo) - 1).slice(0, 10)}
        </span>
      ),
    },
    {
      title: t("单价", "Price"),
      render: (_, row) => (
        <span className="number">
          ¥{yuanText(row.priceFen)} {row.billsNa && <span className="quiet">{t("含 N/A", "N/A too")}</span>}
        </span>
      ),
    },
    { title: t("额度", "Quota"), render: (_, row) => <Quota arrangement={row} /> },
    { title: t("状态", "State"), render: (_, row) => <Suspended value={row.suspended} /> },
    ...(mayChange
      ? [
          {
            title: t("操作", "Actions"),
            render: (_: unknown, row: Arrangement) => (
              <span className="row">
                <ArrangementForm arrangement={row} />
                <FormButton
                  title={row.suspended ? t("恢复", "Resume") : t("停用", "Suspend")}
                  button={{ size: "small", danger: !row.suspended }}
                  fields={[]}
                  onSubmit={async () =>
                    void (await change.mutateAsync({
                      params: { merchantId: row.merchantId, productCode: row.productCode },
                      body: { suspended: !row.suspended },
                    }))
                  }
                />
              </span>
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <PageHead
        title={t("合约与用量", "Arrangements and usage")}
        about={t(
          "合约定下产品、单价、有效期与额度；额度用完后查询被拒绝（ARRANGEMENT_OVER_LIMIT）。",
          "An arrangement sets product, price, term and quota. With its quota used up, inquiries are refused (ARRANGEMENT_OVER_LIMIT).",
        )}
        actions={
          mayChange &&
          merchant.query.merchantId !== undefined && <ArrangementForm merchantId={merchant.query.merchantId} />
        }
      />
      <div className="filters">
        <MerchantChoice merchant={merchant} session={session} />
      </div>
      {merchant.isChosen ? (
        <div className="stack">
          <List
            name="GET /api/arrangements"
            input={{ query: merchant.query }}
            rows={(reply) => reply.arrangements}
            rowKey={(row) => `${row.merchantId} ${row.productCode}`}
            columns={columns}
            empty={t("还没有合约，请联系平台运营开通。", "No arrangement yet: the platform's operators make one.")}
          />
          {mayCall(session, { merchants: true, operators: "ledger:read" }) && <Usage query={merchant.query} />}
        </div>
      ) : (
        <ChooseMerchantFirst />
      )}
    </>
  );
}

/** How much of a quota is used: a gauge that says when it is nearly, or altogether, used up. */
function Quota({ arrangement: { quota, quotaUsed, productCode } }: { arrangement: Arrangement }) {
  const t = useText();
  if (quota === null) return <span className="quiet">{t("不限", "No limit")}</span>;
  const percent = quota === 0 ? 100 : Math.min(100, (quotaUsed / quota) * 100);
  const isOver = quotaUsed >= quota;
  return (
    <div style={{ minWidth: 180 }}>
      <Progress
        percent={percent}
        showInfo={false}
        size="small"
        status={isOver ? "exception" : "normal"}
        aria-label={t(`${productCode} 已用额度`, `Quota used of ${productCode}`)}
      />
      <span className="number">
        {quotaUsed.toLocaleString("en")} / {quota.toLocaleString("en")}
      </span>{" "}
      {isOver && <span className="bad">{t("已用完，查询被拒绝", "used up: inquiries are refused")}</span>}
    </div>
  );
}
