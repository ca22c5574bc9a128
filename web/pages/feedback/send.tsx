import { Alert, Button, Form, Input, Select, Upload } from "antd";
import { useState } from "react";
import { Link } from "react-router";
import { ask, type ReplyOf } from "../../api/client.ts";
import { queryClient, useAsk } from "../../api/queries.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { type CellFault, MendingGrid } from "./mending-grid.tsx";
import { type FeedbackTable, fileBytesLimit, readTable, TableError } from "./read-table.ts";

type Sent = ReplyOf<"POST /api/feedback/files">;

interface Chosen {
  readonly fileName: string;
  readonly table: FeedbackTable;
}

/** A file becomes a table here; what the platform finds wrong in it is mended here and sent again. */
export default function SendFeedbackPage() {
  const t = useText();
  const say = useBilingual();
  const apps = useAsk("GET /api/apps", { query: { limit: 200 } });
  const [appId, setAppId] = useState<string>();
  const app = apps.data?.apps.find((each) => each.appId === (appId ?? apps.data.apps[0]?.appId));
  const template = useAsk(
    "GET /api/templates/:template",
    { params: { template: app?.template ?? "" } },
    { enabled: app !== undefined },
  );
  const [description, setDescription] = useState("");
  const [chosen, setChosen] = useState<Chosen>();
  const [faults, setFaults] = useState<readonly CellFault[]>([]);
  const [outcome, setOutcome] = useState<Sent>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);

  const choose = async (file: File): Promise<void> => {
    setError(undefined);
    setOutcome(undefined);
    setFaults([]);
    setChosen(undefined);
    try {
      if (file.size > fileBytesLimit)
        throw new TableError({ zh: "文件超过 12 MB，请分成几个文件。", en: "Larger than 12 MB: send it in parts." });
      setChosen({ fileName: file.name, table: readTable(file.name, await file.text()) });
    } catch (failure) {
      setError(failure);
    }
  };
  const send = async (dryRun: boolean): Promise<void> => {
    if (chosen === undefined || app === undefined || template.data === undefined) return;
    setIsBusy(true);
    setError(undefined);
    try {
      const { columns, rows } = chosen.table;
      const sent = await ask("POST /api/feedback/files", {
        body: {
          appId: app.appId,
          fileName: chosen.fileName.replace(/\.\w+$/, "").slice(0, 64) || "table",
          columns: [...columns],
          primaryKey: [...template.data.primaryKey],
          records: rows.map((cells) => [...cells]),
          dryRun,
          ...(description.trim() === "" ? {} : { description: description.trim() }),
        },
      });
      setOutcome(sent);
      const batch = await ask("GET /api/feedback/batches/:batchId", { params: { batchId: sent.batchId }, query: {} });
      setFaults(batch.errors.map(({ record, column, reason }) => ({ row: record - 1, column, reason })));
      await queryClient.invalidateQueries({ queryKey: ["GET /api/feedback/batches"] });
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
    }
  };
  const change = (row: number, column: number, value: string): void => {
    if (chosen === undefined) return;
    const rows = chosen.table.rows.map((cells, at) =>
      at === row ? cells.map((cell, index) => (index === column ? value : cell)) : cells,
    );
    setChosen({ ...chosen, table: { ...chosen.table, rows } });
  };
  const isStored = outcome?.refusedWith === null && faults.length === 0;
  return (
    <>
      <PageHead
        title={t("上传反馈文件", "Send a feedback file")}
        back={{ to: "/feedback", title: t("数据反馈", "Feedback") }}
        about={t(
          "CSV 或 JSON；先试运行，把标红的格子改好，再正式提交。",
          "CSV or JSON: try it, mend the cells that are marked, then send it.",
        )}
      />
      <div className="stack">
        {apps.isError && <ProblemAlert error={apps.error} />}
        {apps.data?.apps.length === 0 && (
          <Alert
            type="warning"
            title={t("还没有应用，请联系平台运营。", "No app yet: the platform's operators add one.")}
          />
        )}
        <section className="panel">
          <Form layout="vertical" className="side-by-side">
            <Form.Item label={t("应用", "App")} htmlFor="feedback-app">
              <Select
                id="feedback-app"
                value={app?.appId ?? null}
                onChange={(value: string | null) => setAppId(value ?? undefined)}
                options={(apps.data?.apps ?? []).map((each) => ({
                  value: each.appId,
                  label: `${each.name} · ${each.template}`,
                }))}
              />
            </Form.Item>
            <Form.Item label={t("说明（可选）", "Description (optional)")} htmlFor="feedback-description">
              <Input
                id="feedback-description"
                value={description}
                maxLength={100}
                onChange={(event) => setDescription(event.target.value)}
              />
            </Form.Item>
          </Form>
          <Upload.Dragger
            accept=".csv,.json"
            maxCount={1}
            showUploadList={false}
            beforeUpload={(file) => {
              void choose(file);
              return false;
            }}
          >
            <p>{chosen?.fileName ?? t("把文件拖到这里，或点击选择", "Drop a file here, or choose one")}</p>
            <p className="quiet">
              {t("列：", "Columns: ")}
              <code>{template.data?.columns.map(({ name }) => name).join(", ")}</code>
            </p>
          </Upload.Dragger>
        </section>
        {error !== undefined &&
          (error instanceof TableError ? (
            <Alert type="error" showIcon title={say(error.text)} />
          ) : (
            <ProblemAlert error={error} />
          ))}
        {outcome !== undefined && <Outcome outcome={outcome} faults={faults.length} isStored={isStored} />}
        {chosen !== undefined && (
          <Panel
            title={t(`${chosen.table.rows.length} 条记录`, `${chosen.table.rows.length} records`)}
            actions={
              <span className="row">
                <Button loading={isBusy} onClick={() => void send(true)}>
                  {t("试运行", "Try it")}
                </Button>
                <Button type="primary" loading={isBusy} onClick={() => void send(false)}>
                  {faults.length > 0 ? t("改好了，再次提交", "Mended: send again") : t("提交", "Send")}
                </Button>
              </span>
            }
          >
            <MendingGrid table={chosen.table} faults={faults} onChange={change} />
          </Panel>
        )}
      </div>
    </>
  );
}

function Outcome({ outcome, faults, isStored }: { outcome: Sent; faults: number; isStored: boolean }) {
  const t = useText();
  const link = <Link to={`/feedback/${outcome.batchId}`}>{t("查看批次", "See the batch")}</Link>;
  if (isStored)
    return <Alert type="success" showIcon title={t("全部记录无误", "Every record is in order")} description={link} />;
  return (
    <Alert
      type="error"
      showIcon
      title={t(`${faults} 处需要修改`, `${faults} cells to mend`)}
      description={
        <>
          {outcome.refusedWith !== null && <code>{outcome.refusedWith}</code>} {outcome.detail} {link}
        </>
      }
    />
  );
}
