import { Link } from "react-router";
import { useAsk } from "../api/queries.ts";
import { mayCall, type Session } from "../api/session.ts";
import { Bars } from "../parts/charts.tsx";
import { Figures, Panel } from "../parts/panel.tsx";
import { ProblemAlert } from "../parts/problem.tsx";
import { Code, Facts, State, Time } from "../parts/values.tsx";
import { useText } from "../shell/preferences.tsx";

const refreshMs = 10_000;
const codesShown = 8;
const bucketsOfAll = 256;

/** How the platform is, for operators: calls, refusals, scoring, jobs, and what runs. */
export function PlatformState({ session }: { session: Session }) {
  const t = useText();
  const asked = useAsk("GET /api/overview", {}, { refetchInterval: refreshMs });
  const waiting = useAsk("GET /api/approvals", { query: {} }, { refetchInterval: refreshMs });
  if (asked.isError) return <ProblemAlert error={asked.error} />;
  if (asked.data === undefined) return null;
  const { calls, scoring, jobs, time, database, node, cardVersion } = asked.data;
  const refusals = calls.byCode.filter(({ code }) => code !== "10000").slice(0, codesShown);
  const approvals = waiting.data?.approvals.length ?? 0;
  return (
    <>
      <section className="panel">
        <Figures
          figures={[
            [t("24 小时调用", "Calls in 24 h"), calls.ofLastDay.toLocaleString("en")],
            [t("其中被拒", "Refused"), calls.refusedOfLastDay.toLocaleString("en")],
            [t("已评分人数", "People scored"), scoring.peopleScored.toLocaleString("en")],
            [t("等待重算", "Waiting to be scored"), scoring.marksWaiting.toLocaleString("en")],
            [
              t("待复核", "Approvals waiting"),
              <Link key="approvals" to="/approvals">
                {approvals}
              </Link>,
            ],
          ]}
        />
      </section>
      <Panel
        title={t("拒绝原因（24 小时）", "Refusals in 24 h")}
        actions={
          mayCall(session, { operators: "requests:read" }) && (
            <Link to="/requests/errors">{t("错误分组", "Errors by code")}</Link>
          )
        }
      >
        {refusals.length === 0 ? (
          <p className="quiet">{t("没有被拒绝的调用。", "No call was refused.")}</p>
        ) : (
          <Bars
            bars={refusals.map(({ code, calls: count }) => ({
              key: code,
              label: <code>{code}</code>,
              value: count,
              shown: count.toLocaleString("en"),
            }))}
          />
        )}
      </Panel>
      <Panel title={t("运行", "Running")}>
        <Facts
          facts={[
            [t("平台时钟", "The platform's clock"), `${time} +8`],
            [t("数据库", "Database"), database],
            [t("评分卡", "Card"), <Code key="card">{cardVersion}</Code>],
            ["Node", node],
            [t("全量评分", "Scoring of everybody"), `${Math.round((scoring.bucketsDone / bucketsOfAll) * 100)}%`],
            [t("调用记录", "Calls in the log"), calls.keptInLog.toLocaleString("en")],
            ...jobs.map(
              ({ name, until, isOverdue }) =>
                [
                  t(`任务 ${name}`, `Job ${name}`),
                  <span key={name} className="row">
                    {isOverdue ? (
                      <State tone="warn">{t("无人运行", "Nobody runs it")}</State>
                    ) : (
                      <State tone="good">{t("正常", "In order")}</State>
                    )}
                    <Time at={until} />
                  </span>,
                ] as const,
            ),
          ]}
        />
      </Panel>
    </>
  );
}
