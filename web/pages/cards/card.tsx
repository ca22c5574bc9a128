import { Skeleton, Space } from "antd";
import { useParams } from "react-router";
import type { ReplyOf } from "../../api/client.ts";
import { useAsk, useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { Bars } from "../../parts/charts.tsx";
import { FormButton } from "../../parts/form-button.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Code, Facts, Time } from "../../parts/values.tsx";
import { type Text, useBilingual, useText } from "../../shell/preferences.tsx";
import { CardState } from "./cards.tsx";

type Shown = ReplyOf<"GET /api/cards/:version">;
type Characteristic = Shown["card"]["characteristics"][number];

/** A card: what each bin of each feature is worth, and in words how it came about. */
export default function CardPage({ session }: { session: Session }) {
  const t = useText();
  const say = useBilingual();
  const { version = "" } = useParams();
  const asked = useAsk("GET /api/cards/:version", { params: { version } });
  const back = { to: "/cards", title: t("评分卡", "Cards") };
  if (asked.isError)
    return (
      <>
        <PageHead title={version} back={back} />
        <ProblemAlert error={asked.error} />
      </>
    );
  const shown = asked.data;
  if (shown === undefined) return <Skeleton active />;
  const { card } = shown;
  return (
    <>
      <PageHead
        title={say(card.title)}
        about={<Code copy>{shown.cardVersion}</Code>}
        back={back}
        actions={mayCall(session, { operators: "cards:write" }) && <Moves shown={shown} />}
      />
      <div className="stack">
        <Facts
          facts={[
            [t("状态", "State"), <CardState key="state" state={shown.state} />],
            [t("状态自", "Since"), <Time key="since" at={shown.stateSince} />],
            [t("作者", "Author"), shown.author],
            [t("批准", "Approved by"), shown.approver ?? "—"],
            [t("基础分", "Base points"), card.basePoints],
            [t("分数范围", "Range"), `${card.floor} – ${card.ceiling}`],
          ]}
        />
        {card.characteristics.map((each) => (
          <Panel key={each.feature} title={<code>{each.feature}</code>}>
            <Bars
              bars={binsOf(t, each).map(({ label, points }) => ({
                key: label,
                label,
                value: points,
                shown: points > 0 ? `+${points}` : String(points),
              }))}
            />
          </Panel>
        ))}
        <Panel title={t("模型说明", "The model card")}>
          {shown.inWords.map((line, index) => (
            <p key={index} style={{ margin: "0 0 6px", overflowWrap: "anywhere" }}>
              {line}
            </p>
          ))}
        </Panel>
      </div>
    </>
  );
}

function binsOf(t: Text, { bins, special = [], missingPoints }: Characteristic): { label: string; points: number }[] {
  const ranges = bins.map(({ below, points }, index) => {
    const from = bins[index - 1]?.below;
    if (from === undefined && below === undefined) return { label: t("任意", "any"), points };
    if (from === undefined) return { label: `< ${below}`, points };
    return { label: below === undefined ? `≥ ${from}` : `${from} – ${below}`, points };
  });
  return [
    ...ranges,
    ...special.map(({ value, points }) => ({ label: `= ${value}`, points })),
    { label: t("无数据", "nothing known"), points: missingPoints },
  ];
}

function Moves({ shown: { cardVersion: version, state } }: { shown: Shown }) {
  const t = useText();
  const move = useSend("POST /api/cards/:version/state");
  const activate = useSend("PUT /api/cards/:version/champion");
  const moves = [
    { to: "validated", from: ["draft"], title: t("校验", "Validate") },
    { to: "shadow", from: ["validated", "retired"], title: t("影子运行", "Run in shadow") },
    { to: "retired", from: ["draft", "validated", "shadow"], title: t("停用", "Retire") },
  ] as const;
  return (
    <Space wrap>
      {moves
        .filter(({ from }) => (from as readonly string[]).includes(state))
        .map(({ to, title }) => (
          <FormButton
            key={to}
            title={title}
            fields={[]}
            onSubmit={async () => void (await move.mutateAsync({ params: { version }, body: { state: to } }))}
          />
        ))}
      {["validated", "shadow", "retired"].includes(state) && (
        <FormButton
          title={t("上线", "Put in force")}
          button={{ type: "primary" }}
          about={t("之后的查询由它给出评分；作者本人不能上线。", "It answers from then on; not by whoever made it.")}
          fields={[{ name: "reason", label: t("理由", "Reason"), required: true, maxLength: 200 }]}
          onSubmit={async ({ reason }) =>
            void (await activate.mutateAsync({ params: { version }, body: { reason: String(reason) } }))
          }
        />
      )}
    </Space>
  );
}
