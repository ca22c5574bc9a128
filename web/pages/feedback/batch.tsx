import { Skeleton } from "antd";
import { useParams } from "react-router";
import type { ReplyOf } from "../../api/client.ts";
import { useAsk } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import { type Columns, Rows } from "../../parts/list.tsx";
import { ChooseMerchantFirst, useMerchant } from "../../parts/merchant-choice.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Code, Facts, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import { BatchState } from "./feedback.tsx";

type Fault = ReplyOf<"GET /api/feedback/batches/:batchId">["errors"][number];

export default function BatchPage({ session }: { session: Session }) {
  const t = useText();
  const { batchId = "" } = useParams();
  const merchant = useMerchant(session);
  const asked = useAsk(
    "GET /api/feedback/batches/:batchId",
    { params: { batchId }, query: merchant.query },
    { enabled: merchant.isChosen },
  );
  const search = new URLSearchParams(merchant.query).toString();
  const batch = asked.data;
  const columns: Columns<Fault> = [
    { title: t("第几条", "Record"), render: (_, row) => <span className="number">{row.record}</span> },
    { title: t("列", "Column"), render: (_, row) => <code>{row.column}</code> },
    { title: t("值", "Value"), render: (_, row) => <code>{row.value}</code> },
    { title: t("问题", "What is wrong"), render: (_, row) => <div className="wide-text">{row.reason}</div> },
  ];
  return (
    <>
      <PageHead
        title={t("反馈批次", "Feedback batch")}
        about={<Code copy>{batchId}</Code>}
        back={{ to: `/feedback${search === "" ? "" : `?${search}`}`, title: t("数据反馈", "Feedback") }}
      />
      {!merchant.isChosen && <ChooseMerchantFirst />}
      {asked.isError && <ProblemAlert error={asked.error} />}
      {merchant.isChosen && batch === undefined && !asked.isError && <Skeleton active />}
      {batch !== undefined && (
        <div className="stack">
          <Facts
            facts={[
              [t("结果", "Outcome"), <BatchState key="state" batch={batch} />],
              [t("收到", "Received"), <Time key="at" at={batch.receivedAt} />],
              [t("文件", "File"), batch.fileName ?? "—"],
              [t("说明", "Description"), batch.fileDescription ?? "—"],
              [t("应用", "App"), <Code key="app">{batch.appId}</Code>],
              [t("模板", "Template"), <Code key="template">{batch.template}</Code>],
              [
                t("记录", "Records"),
                t(
                  `共 ${batch.records}：新增 ${batch.recordsNew}，更新 ${batch.recordsChanged}，相同 ${batch.recordsSame}，有误 ${batch.recordsBad}`,
                  `${batch.records}: ${batch.recordsNew} new, ${batch.recordsChanged} changed, ${batch.recordsSame} the same, ${batch.recordsBad} bad`,
                ),
              ],
              [t("耗时", "Took"), `${batch.durationMs} ms`],
            ]}
          />
          <Panel title={t("错误", "Errors")}>
            <Rows
              rows={batch.errors}
              rowKey={(row) => `${row.record} ${row.column} ${row.reason}`}
              columns={columns}
              empty={t("没有错误。", "Nothing is wrong.")}
            />
          </Panel>
        </div>
      )}
    </>
  );
}
