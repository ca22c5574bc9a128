import { Link, useNavigate } from "react-router";
import type { ReplyOf } from "../../api/client.ts";
import { useAsk } from "../../api/queries.ts";
import { Bars } from "../../parts/charts.tsx";
import { type Columns, Rows } from "../../parts/list.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Figures, Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Code, State, Time } from "../../parts/values.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";

type Card = ReplyOf<"GET /api/cards">["cards"][number];
type Report = ReplyOf<"GET /api/cards/drift-reports">["reports"][number];
const bucketsOfAll = 256;
const refreshMs = 10_000;

export default function CardsPage() {
  const t = useText();
  const say = useBilingual();
  const go = useNavigate();
  const asked = useAsk("GET /api/cards", {}, { refetchInterval: refreshMs });
  const hasChallenger = asked.data?.cards.some(({ state }) => state === "shadow") === true;
  const columns: Columns<Card> = [
    {
      title: t("评分卡", "Card"),
      render: (_, row) => (
        <>
          <Link to={`/cards/${row.cardVersion}`}>{say(row.title)}</Link>
          <div className="quiet mono">{row.cardVersion}</div>
        </>
      ),
    },
    { title: t("状态", "State"), render: (_, row) => <CardState state={row.state} /> },
    { title: t("特征", "Features"), render: (_, row) => <span className="number">{row.characteristics}</span> },
    {
      title: t("训练指标", "Metrics"),
      render: (_, row) =>
        row.metrics === undefined ? (
          <span className="quiet">—</span>
        ) : (
          <code>
            {Object.entries(row.metrics)
              .map(([name, value]) => `${name} ${value.toFixed(3)}`)
              .join("  ")}
          </code>
        ),
    },
    { title: t("作者", "Author"), dataIndex: "author" },
    { title: t("批准", "Approved by"), render: (_, row) => row.approver ?? "—" },
    { title: t("状态自", "Since"), render: (_, row) => <Time at={row.stateSince} /> },
  ];
  return (
    <>
      <PageHead
        title={t("评分卡", "Cards")}
        about={t(
          "在用卡给出评分；影子卡同时计算但不对外。上线由第二人复核。",
          "The champion answers; a card in shadow computes beside it and is never sent. A second person approves what goes into force.",
        )}
      />
      <div className="stack">
        {asked.isError && <ProblemAlert error={asked.error} />}
        {asked.data !== undefined && (
          <Panel title={t("评分进度", "Scoring")}>
            <Figures
              figures={[
                [t("已评分人数", "People scored"), asked.data.progress.people.toLocaleString("en")],
                [t("等待重算", "Waiting"), asked.data.progress.marked.toLocaleString("en")],
                [
                  t("全量进度", "Of everybody"),
                  `${Math.round((asked.data.progress.bucketsDone / bucketsOfAll) * 100)}%`,
                ],
              ]}
            />
          </Panel>
        )}
        <Rows
          rows={asked.data?.cards}
          rowKey={(row) => row.cardVersion}
          columns={columns}
          onOpen={(row) => void go(`/cards/${row.cardVersion}`)}
          empty={t("还没有评分卡。", "No cards.")}
        />
        {hasChallenger && <Challenger />}
        <Drift />
      </div>
    </>
  );
}

export function CardState({ state }: { state: Card["state"] }) {
  const t = useText();
  const texts = {
    draft: t("草稿", "Draft"),
    validated: t("已校验", "Validated"),
    shadow: t("影子运行", "In shadow"),
    champion: t("在用", "Champion"),
    retired: t("已停用", "Retired"),
  };
  const tones = { draft: "plain", validated: "info", shadow: "warn", champion: "good", retired: "plain" } as const;
  return <State tone={tones[state]}>{texts[state]}</State>;
}

/** Whom the card in shadow would put into another band. */
function Challenger() {
  const t = useText();
  const asked = useAsk("GET /api/cards/swap-set", {});
  if (asked.data === undefined) return null;
  const moved = asked.data.pairs.filter(({ champion, challenger }) => champion !== challenger);
  return (
    <Panel title={t("影子卡与在用卡", "The card in shadow beside the champion")}>
      <div className="stack">
        <Figures
          figures={[
            [t("比较人数", "People"), asked.data.people.toLocaleString("en")],
            [t("平均分差", "Mean difference"), asked.data.meanDifference.toFixed(1)],
          ]}
        />
        {moved.length === 0 ? (
          <p className="quiet">{t("没有人换档。", "Nobody is in another band.")}</p>
        ) : (
          <Bars
            bars={moved.map(({ champion, challenger, people }) => ({
              key: `${champion} ${challenger}`,
              label: `${champion} → ${challenger}`,
              value: people,
              shown: people.toLocaleString("en"),
            }))}
          />
        )}
      </div>
    </Panel>
  );
}

function Drift() {
  const t = useText();
  const asked = useAsk("GET /api/cards/drift-reports", {});
  const columns: Columns<Report> = [
    { title: t("月份", "Month"), dataIndex: "month" },
    { title: t("对比", "Against"), dataIndex: "against" },
    { title: t("评分卡", "Card"), render: (_, row) => <Code>{row.cardVersion}</Code> },
    {
      title: "PSI",
      render: (_, row) =>
        row.drift === undefined ? (
          <span className="quiet">{t("无可比人群", "nobody to compare")}</span>
        ) : (
          <span className="row">
            <span className="number">{row.drift.score.toFixed(3)}</span>
            <Verdict verdict={row.drift.verdict} />
          </span>
        ),
    },
    {
      title: t("漂移最大的特征", "Feature that drifted most"),
      render: (_, row) => {
        const [most] = (row.drift?.features ?? []).toSorted((left, right) => right.index - left.index);
        return most === undefined ? "—" : `${most.meaning} ${most.index.toFixed(3)}`;
      },
    },
  ];
  if (asked.isError) return <ProblemAlert error={asked.error} />;
  return (
    <Panel title={t("人群漂移", "Drift")}>
      <Rows
        rows={asked.data?.reports}
        rowKey={(row) => `${row.month} ${row.cardVersion}`}
        columns={columns}
        empty={t("每月初出具；还没有报告。", "Made at each month's start; there is none yet.")}
      />
    </Panel>
  );
}

function Verdict({ verdict }: { verdict: "calm" | "watch" | "act" }) {
  const t = useText();
  if (verdict === "calm") return <State tone="good">{t("稳定", "Calm")}</State>;
  if (verdict === "watch") return <State tone="warn">{t("关注", "Watch")}</State>;
  return <State tone="bad">{t("需处理", "Act")}</State>;
}
