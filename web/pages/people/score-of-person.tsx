import { Alert, Skeleton } from "antd";
import type { ReplyOf } from "../../api/client.ts";
import { useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { Bars, LineChart } from "../../parts/charts.tsx";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, Rows } from "../../parts/list.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Code, Facts, State, Time } from "../../parts/values.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import type { Looked } from "./people.tsx";
import { useLook } from "./use-look.ts";

type PersonScore = ReplyOf<"POST /api/scores/explain">;
type Explanation = NonNullable<PersonScore["explanation"]>;
type Scored = PersonScore["history"][number];

const lowestScore = 350;
const highestScore = 950;

export function ScoreOfPerson({ looked, session }: { looked: Looked; session: Session }) {
  const t = useText();
  const say = useBilingual();
  const look = useLook("POST /api/scores/explain", looked);
  if (look.isError) return <ProblemAlert error={look.error} />;
  if (look.data === undefined) return <Skeleton active />;
  const { score, naText, cardVersion, asOf, explanation, holds, history } = look.data;
  const isHeld = holds[0]?.action === "held";
  return (
    <div className="stack">
      {isHeld && (
        <Alert
          type="warning"
          showIcon
          title={t("评分已冻结：查询得到 N/A", "The score is stopped: N/A is answered")}
          description={
            <>
              {holds[0]?.operator} · {holds[0]?.reason} · <Time at={holds[0]?.at} />
            </>
          }
        />
      )}
      <Panel
        title={t("当前评分", "The score now")}
        actions={
          mayCall(session, { operators: "scores:write" }) && (
            <HoldButton looked={looked} isHeld={isHeld} reload={look.refetch} />
          )
        }
      >
        <Facts
          facts={[
            [
              t("评分", "Score"),
              <strong key="score" className="number" style={{ fontSize: 22 }}>
                {score ?? "N/A"}
              </strong>,
            ],
            [t("等级", "Band"), explanation === undefined ? "—" : say(explanation.band)],
            ...(naText === undefined ? [] : [[t("原因", "Why"), say(naText)] as const]),
            [t("截至月份", "As of"), asOf],
            [t("评分卡", "Card"), <Code key="card">{cardVersion}</Code>],
          ]}
        />
      </Panel>
      <History history={history} />
      {explanation !== undefined && <Reasons explanation={explanation} />}
      {explanation !== undefined && (
        <Panel title={t("各项分值", "Points by characteristic")}>
          <p className="quiet">
            {t(`基础分 ${explanation.initialPoints}，加上以下各项。`, `From ${explanation.initialPoints}, and these.`)}
          </p>
          <Bars
            bars={explanation.points.map((each) => ({
              key: each.feature,
              label: (
                <>
                  {say(each.meaning)} <span className="quiet number">{each.value ?? t("无数据", "nothing known")}</span>
                </>
              ),
              value: each.points,
              shown: each.points > 0 ? `+${each.points}` : String(each.points),
            }))}
          />
        </Panel>
      )}
    </div>
  );
}

function Reasons({ explanation: { reasons } }: { explanation: Explanation }) {
  const t = useText();
  const say = useBilingual();
  return (
    <Panel title={t("主要原因", "Main reasons")}>
      {reasons.length === 0 ? (
        <p className="quiet">{t("没有失分项。", "Nothing costs points.")}</p>
      ) : (
        <Bars
          bars={reasons.map((each) => ({
            key: each.code,
            label: (
              <>
                {say(each.text)} <code className="quiet">{each.code}</code>
              </>
            ),
            value: -each.pointsLost,
            shown: `−${each.pointsLost}`,
          }))}
        />
      )}
    </Panel>
  );
}

function History({ history }: { history: readonly Scored[] }) {
  const t = useText();
  const points = history
    .toReversed()
    .flatMap(({ at, asOf, score }) =>
      score === null ? [] : [{ key: at, label: asOf, value: score, title: `${asOf}: ${score}` }],
    );
  const columns: Columns<Scored> = [
    { title: t("计算时间", "Scored at"), render: (_, row) => <Time at={row.at} /> },
    { title: t("截至月份", "As of"), dataIndex: "asOf" },
    {
      title: t("评分", "Score"),
      render: (_, row) => <span className="number">{row.score ?? `N/A (${row.naReason})`}</span>,
    },
    { title: t("评分卡", "Card"), render: (_, row) => <Code>{row.cardVersion}</Code> },
  ];
  return (
    <Panel title={t("评分变化", "The score over time")}>
      <div className="stack">
        {points.length > 0 && (
          <LineChart
            points={points}
            low={lowestScore}
            high={highestScore}
            about={t(
              `${points.length} 次评分的变化，明细见下表`,
              `${points.length} scores over time; the table below has them`,
            )}
          />
        )}
        <Rows
          rows={history}
          rowKey={(row) => `${row.at} ${row.cardVersion}`}
          columns={columns}
          empty={t("还没有评过分。", "There was no score yet.")}
        />
      </div>
    </Panel>
  );
}

function HoldButton(hold: { looked: Looked; isHeld: boolean; reload: () => unknown }) {
  const { looked, isHeld, reload } = hold;
  const t = useText();
  const stop = useSend("POST /api/scores/hold");
  const release = useSend("POST /api/scores/release");
  return (
    <FormButton
      title={isHeld ? t("解除冻结", "Release the score") : t("冻结评分", "Stop the score")}
      button={{ danger: !isHeld }}
      fields={[{ name: "reason", label: t("理由", "Reason"), required: true, maxLength: 200 }]}
      onSubmit={async ({ reason }) => {
        const body = { credentialsNo: looked.credentialsNo, reason: String(reason) };
        await (isHeld ? release : stop).mutateAsync({ body });
        await reload();
      }}
    />
  );
}

export function StateOfInquiry({ because }: { because: "na" | "free" | "closed" | null }) {
  const t = useText();
  if (because === null) return <State tone="good">{t("计费", "Billed")}</State>;
  const texts = { na: "N/A", free: t("免费", "Free"), closed: t("超时未成", "Closed") };
  return <State tone="plain">{texts[because]}</State>;
}
