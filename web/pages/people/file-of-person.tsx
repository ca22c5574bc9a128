import { Alert, Button, Skeleton, Space } from "antd";
import { useState } from "react";
import type { ReplyOf } from "../../api/client.ts";
import { useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, Rows } from "../../parts/list.tsx";
import { yuanText } from "../../parts/money.ts";
import { Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { saveText } from "../../parts/save-text.ts";
import { Code, Facts, State, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import type { Looked } from "./people.tsx";
import { useLook } from "./use-look.ts";

/** A row of the export: what is not set is left out. */
interface FeedbackRecord {
  readonly merchantId: string;
  readonly merchantName?: string;
  readonly template: string;
  readonly month: string;
  readonly orderNo: string;
  readonly orderStatus?: string;
  readonly overdueCnt?: number;
  readonly overdueAmtFen?: number;
  readonly adverse?: boolean;
  readonly fedBackAt: string;
}

export function FileOfPerson({ looked, session }: { looked: Looked; session: Session }) {
  const t = useText();
  const [isWanted, setIsWanted] = useState(false);
  const look = useLook("POST /api/people/export", looked, isWanted);
  if (!isWanted)
    return (
      <Alert
        type="info"
        showIcon
        title={t("档案含全部明文个人信息", "The file has everything in the clear")}
        description={t(
          "读取会写入审计日志，也会写入本人的档案。",
          "Reading it is put on the audit trail, and in the person's own file.",
        )}
        action={
          <Button onClick={() => setIsWanted(true)} type="primary">
            {t("读取档案", "Read the file")}
          </Button>
        }
      />
    );
  if (look.isError) return <ProblemAlert error={look.error} />;
  if (look.data === undefined) return <Skeleton active />;
  return <File file={look.data} looked={looked} session={session} />;
}

function File(shown: { file: ReplyOf<"POST /api/people/export">; looked: Looked; session: Session }) {
  const { file, looked, session } = shown;
  const t = useText();
  const columns: Columns<FeedbackRecord> = [
    { title: t("月份", "Month"), dataIndex: "month" },
    { title: t("商户", "Merchant"), render: (_, row) => row.merchantName ?? row.merchantId },
    { title: t("订单号", "Order"), render: (_, row) => <Code>{row.orderNo}</Code> },
    { title: t("状态", "Status"), render: (_, row) => row.orderStatus ?? "—" },
    {
      title: t("逾期", "Overdue"),
      render: (_, row) =>
        (row.overdueCnt ?? 0) === 0 ? (
          <span className="quiet">—</span>
        ) : (
          <State tone="bad">
            {t(`${row.overdueCnt} 期`, `${row.overdueCnt}×`)}
            {row.overdueAmtFen !== undefined && ` · ¥${yuanText(row.overdueAmtFen)}`}
          </State>
        ),
    },
    { title: t("模板", "Template"), render: (_, row) => <Code>{row.template}</Code> },
    { title: t("反馈时间", "Fed back"), render: (_, row) => <Time at={row.fedBackAt} /> },
  ];
  return (
    <div className="stack">
      <Panel
        title={t("档案", "File")}
        actions={
          <Space wrap>
            <Button onClick={() => saveText("person.json", JSON.stringify(file, undefined, 2), "application/json")}>
              {t("下载 JSON", "Download as JSON")}
            </Button>
            {mayCall(session, { operators: "people:write" }) && <EraseButton looked={looked} />}
          </Space>
        }
      >
        <Facts
          facts={[
            [t("姓名", "Names"), file.names.join("、") || "—"],
            [t("授权", "Consents"), file.consents.length],
            [t("记录", "Records"), file.records.length],
            [t("查询", "Inquiries"), file.inquiries.length],
          ]}
        />
      </Panel>
      <Panel title={t("反馈记录", "Feedback records")}>
        <Rows
          rows={file.records as unknown as readonly FeedbackRecord[]} // As the export's query names them.
          rowKey={(row) => `${row.merchantId} ${row.orderNo} ${row.month}`}
          columns={columns}
          empty={t("没有反馈记录。", "Nobody fed back anything.")}
        />
      </Panel>
    </div>
  );
}

function EraseButton({ looked }: { looked: Looked }) {
  const t = useText();
  const erase = useSend("POST /api/people/erase");
  return (
    <FormButton
      title={t("删除个人信息", "Erase the file")}
      button={{ danger: true }}
      about={t(
        "不勾选确认时只告诉会删除多少，不做任何改动。删除后无法恢复。",
        "Without the confirmation it only tells how much would be erased. It cannot be taken back.",
      )}
      fields={[
        { name: "reason", label: t("理由", "Reason"), required: true, maxLength: 200 },
        { name: "confirm", label: t("确认删除", "Erase it now"), kind: "switch", initial: false },
      ]}
      onSubmit={async ({ reason, confirm }) => {
        const { credentialsNo } = looked;
        const { erased, kept, done } = await erase.mutateAsync({
          body: { credentialsNo, reason: String(reason), confirm: Boolean(confirm) },
        });
        const list = (counts: Readonly<Record<string, number>>): string =>
          Object.entries(counts)
            .map(([name, count]) => `${name} ${count}`)
            .join(", ");
        return (
          <Facts
            columns={1}
            facts={[
              [done ? t("已删除", "Erased") : t("将删除", "Would be erased"), list(erased) || "—"],
              [t("依法保留", "Kept"), list(kept) || "—"],
            ]}
          />
        );
      }}
    />
  );
}
