import { Alert, Upload } from "antd";
import { useState } from "react";
import type { ReplyOf } from "../../api/client.ts";
import { useSend } from "../../api/queries.ts";
import { type Columns, Rows } from "../../parts/list.tsx";
import type { ChosenMerchant } from "../../parts/merchant-choice.tsx";
import { yuanText } from "../../parts/money.ts";
import { Figures, Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Code, State } from "../../parts/values.tsx";
import { type Text, useText } from "../../shell/preferences.tsx";

type Difference = ReplyOf<"POST /api/ledger/reconcile">["differences"][number];
const fileBytes = 4_194_304;

/** One's own file beside the statement: what is the same, and each difference with its cause. */
export function Reconcile({ day, merchant }: { day: string; merchant: ChosenMerchant }) {
  const t = useText();
  const [tooLarge, setTooLarge] = useState(false);
  const send = useSend("POST /api/ledger/reconcile");
  const compare = async (file: File): Promise<void> => {
    setTooLarge(file.size > fileBytes);
    if (file.size > fileBytes) return;
    send.mutate({ body: { ...merchant.query, day, csv: await file.text() } });
  };
  const columns: Columns<Difference> = [
    { title: t("原因", "Cause"), render: (_, row) => <div className="wide-text">{causeText(t, row.cause)}</div> },
    { title: "biz_no", render: (_, row) => (row.bizNo === "" ? "—" : <Code>{row.bizNo}</Code>) },
    {
      title: "transaction_id",
      render: (_, row) => (row.transactionId === "" ? "—" : <Code>{row.transactionId}</Code>),
    },
    { title: t("对账单", "Statement"), render: (_, row) => row.ours || "—" },
    { title: t("您的文件", "Your file"), render: (_, row) => row.theirs || "—" },
  ];
  const outcome = send.data;
  return (
    <Panel title={t("与自己的账核对", "Compare one's own file")}>
      <div className="stack">
        <Upload.Dragger
          accept=".csv,text/csv"
          maxCount={1}
          showUploadList={false}
          beforeUpload={(file) => {
            void compare(file);
            return false;
          }}
        >
          <p>{t("把 CSV 拖到这里，或点击选择", "Drop a CSV here, or choose one")}</p>
          <p className="quiet">
            {t(
              "首行列名：biz_no、transaction_id，金额列 amount_yuan 或 amount_fen 可选。",
              "Columns: biz_no, transaction_id and, if it has amounts, amount_yuan or amount_fen.",
            )}
          </p>
        </Upload.Dragger>
        {tooLarge && (
          <Alert
            type="error"
            title={t("文件超过 4 MB，请用 kaimen reconcile。", "Larger than 4 MB: use kaimen reconcile.")}
          />
        )}
        {send.isError && <ProblemAlert error={send.error} />}
        {outcome !== undefined && (
          <>
            {outcome.differences.length === 0 ? (
              <Alert type="success" showIcon title={t("完全一致", "They agree")} />
            ) : (
              <State tone="warn">
                {t(`${outcome.differences.length} 处不同`, `${outcome.differences.length} differences`)}
              </State>
            )}
            <Figures
              figures={[
                [t("一致", "Same"), outcome.matched],
                [t("对账单金额（元）", "Statement (yuan)"), yuanText(outcome.ourAmountFen)],
                [
                  t("您的金额（元）", "Your file (yuan)"),
                  outcome.theirAmountFen === null ? "—" : yuanText(outcome.theirAmountFen),
                ],
              ]}
            />
            {outcome.differences.length > 0 && (
              <Rows
                rows={outcome.differences}
                rowKey={(row) => `${row.cause} ${row.bizNo} ${row.transactionId}`}
                columns={columns}
                empty=""
              />
            )}
            {outcome.moreDifferences && (
              <Alert type="info" title={t("还有更多不同未列出。", "There are more than are listed.")} />
            )}
          </>
        )}
      </div>
    </Panel>
  );
}

function causeText(t: Text, cause: Difference["cause"]): string {
  return {
    repeat_counted: t(
      "同一查询在您的文件里出现多次：重复的 transaction_id 不计费",
      "more than once in your file: a repeat is free",
    ),
    transaction_differs: t("同一 biz_no 对应两个 transaction_id", "one biz_no beside two transaction_ids"),
    biz_no_differs: t("同一 transaction_id 对应两个 biz_no", "one transaction_id beside two biz_nos"),
    amount_differs: t("金额不同", "the amounts differ"),
    unbilled: t(
      "您计了费，而该查询未计费（原因见右）",
      "you count a charge, and it was not billed (why stands beside it)",
    ),
    answer_not_received: t(
      "已计费但不在您的文件中：应答可能未送达，用同一 transaction_id 重发可取回",
      "billed, and not in your file: a repeat of the id gives the answer again",
    ),
    unbilled_not_kept: t("未计费，也不在您的文件中", "not billed, and not in your file"),
    other_day: t("在您的文件中，但属于另一天", "in your file, and of another day"),
    not_ours: t("在您的文件中，但不是平台给出的 biz_no", "in your file, and no biz_no that was ever given"),
    not_in_ledger: t(
      "在您的文件中有当日 biz_no，但账本中没有",
      "in your file with a biz_no of this day, and not in the ledger",
    ),
  }[cause];
}
