import { Button } from "antd";
import { Link, useNavigate } from "react-router";
import type { ReplyOf } from "../../api/client.ts";
import type { Session } from "../../api/session.ts";
import { type Columns, List } from "../../parts/list.tsx";
import { ChooseMerchantFirst, MerchantChoice, useMerchant } from "../../parts/merchant-choice.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { State, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";

export type Batch = ReplyOf<"GET /api/feedback/batches">["batches"][number];

export default function FeedbackPage({ session }: { session: Session }) {
  const t = useText();
  const go = useNavigate();
  const merchant = useMerchant(session);
  const search = new URLSearchParams(merchant.query).toString();
  const addressOf = ({ batchId }: Batch): string => `/feedback/${batchId}${search === "" ? "" : `?${search}`}`;
  const columns: Columns<Batch> = [
    {
      title: t("收到", "Received"),
      render: (_, row) => (
        <Link to={addressOf(row)}>
          <Time at={row.receivedAt} />
        </Link>
      ),
    },
    { title: t("文件", "File"), render: (_, row) => row.fileName ?? "—" },
    { title: t("结果", "Outcome"), render: (_, row) => <BatchState batch={row} /> },
    { title: t("记录", "Records"), render: (_, row) => <span className="number">{row.records}</span> },
    { title: t("新增", "New"), render: (_, row) => <span className="number">{row.recordsNew}</span> },
    { title: t("更新", "Changed"), render: (_, row) => <span className="number">{row.recordsChanged}</span> },
    {
      title: t("有误", "Bad"),
      render: (_, row) => <span className={row.recordsBad > 0 ? "number bad" : "number"}>{row.recordsBad}</span>,
    },
    { title: t("模板", "Template"), render: (_, row) => <code>{row.template}</code> },
  ];
  return (
    <>
      <PageHead
        title={t("数据反馈", "Feedback")}
        about={t(
          "每个文件是一个批次：逐条校验，有误的在表格里改好再传。",
          "Each file is a batch: every record is judged, and bad ones are mended in a grid and sent again.",
        )}
        actions={
          session.kind === "merchant" && (
            <Button type="primary" onClick={() => void go("/feedback/send")}>
              {t("上传文件", "Send a file")}
            </Button>
          )
        }
      />
      <div className="filters">
        <MerchantChoice merchant={merchant} session={session} />
      </div>
      {merchant.isChosen ? (
        <List
          name="GET /api/feedback/batches"
          input={{ query: merchant.query }}
          rows={(reply) => reply.batches}
          rowKey={(row) => row.batchId}
          columns={columns}
          onOpen={(row) => void go(addressOf(row))}
          filters={[
            {
              name: "state",
              label: t("结果", "Outcome"),
              options: [
                { value: "merged", label: t("已入库", "Stored") },
                { value: "refused", label: t("被拒绝", "Refused") },
                { value: "checked", label: t("试运行", "Tried") },
              ],
            },
          ]}
          empty={t("还没有批次：上传一个文件。", "No batches yet: send a file.")}
        />
      ) : (
        <ChooseMerchantFirst />
      )}
    </>
  );
}

export function BatchState({ batch }: { batch: Pick<Batch, "state" | "refusedWith"> }) {
  const t = useText();
  if (batch.state === "merged") return <State tone="good">{t("已入库", "Stored")}</State>;
  if (batch.state === "checked")
    return batch.refusedWith === null ? (
      <State tone="info">{t("试运行通过", "Tried: in order")}</State>
    ) : (
      <State tone="warn">{t("试运行有误", "Tried: not in order")}</State>
    );
  return <State tone="bad">{batch.refusedWith ?? t("被拒绝", "Refused")}</State>;
}
