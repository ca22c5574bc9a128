import type { Replay } from "../../../src/scoring/replay.ts";
import { Code, Facts, State, Time } from "../../parts/values.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import type { WholeCall } from "./why.tsx";

/** What a call came to in the books: a line of the ledger, a batch of feedback, a score with its reasons. */
export function Business({ call }: { call: WholeCall }) {
  const t = useText();
  const { ledgerLine, batch, score } = call.business;
  if (ledgerLine === null && batch === null && score === null) return null;
  return (
    <section className="panel" aria-labelledby="business">
      <h2 id="business">{t("业务结果", "What came of it")}</h2>
      <div className="stack">
        {ledgerLine !== null && <LedgerLine line={ledgerLine} />}
        {batch !== null && <Batch batch={batch} />}
        {score !== null && <Score replay={score as Replay} />}
      </div>
    </section>
  );
}

function LedgerLine({ line }: { line: NonNullable<WholeCall["business"]["ledgerLine"]> }) {
  const t = useText();
  const because = {
    na: t("N/A 不计费", "N/A is not billed"),
    free: t("合约免费", "the contract is free"),
    closed: t("已关闭", "closed"),
  };
  return (
    <Facts
      facts={[
        [
          t("账本", "Ledger"),
          line.state === "answered" ? (
            <State tone="good">{t("已应答", "answered")}</State>
          ) : (
            <State tone="warn">{t("已关闭", "closed")}</State>
          ),
        ],
        [
          t("计费", "Billed"),
          `¥${(line.billedFen / 100).toFixed(2)}${line.unbilledBecause === null ? "" : ` (${because[line.unbilledBecause]})`}`,
        ],
        ["biz_no", <Code key="biz" copy children={line.bizNo} />],
        ["product_code", <Code key="product" children={line.productCode} />],
        [t("入账时间", "Accepted"), <Time key="at" at={line.acceptedAt} />],
        [t("评分卡", "Card"), line.cardVersion === null ? "—" : <Code children={line.cardVersion} />],
      ]}
    />
  );
}

function Batch({ batch }: { batch: NonNullable<WholeCall["business"]["batch"]> }) {
  const t = useText();
  return (
    <Facts
      facts={[
        [t("反馈批次", "Feedback batch"), <Code key="id" copy children={batch.batchId} />],
        [t("状态", "State"), batch.state],
        [t("记录数", "Records"), batch.records],
        [t("新增 / 更新", "New / changed"), `${batch.recordsNew} / ${batch.recordsChanged}`],
        [t("未变", "Same"), batch.recordsSame],
        [
          t("有误", "Refused"),
          batch.recordsBad === 0 ? (
            0
          ) : (
            <span key="bad" className="bad">
              {batch.recordsBad}
            </span>
          ),
        ],
      ]}
    />
  );
}

function Score({ replay }: { replay: Replay }) {
  const t = useText();
  const say = useBilingual();
  const { explanation, sent, asOf } = replay;
  return (
    <div>
      <Facts
        facts={[
          [t("评分", "Score"), <strong key="score">{sent}</strong>],
          [t("截至月份", "As of"), asOf],
          explanation === undefined ? undefined : [t("等级", "Band"), say(explanation.band)],
          [
            t("复算", "Computed again"),
            replay.equal ? t("一致", "the same") : t(`得 ${replay.recomputed}`, `gives ${replay.recomputed}`),
          ],
        ]}
      />
      {explanation !== undefined && explanation.reasons.length > 0 && (
        <>
          <h3>{t("影响评分的原因", "What lowered it")}</h3>
          <ul className="score-reasons">
            {explanation.reasons.map(({ code, text, pointsLost }) => (
              <li key={code}>
                {say(text)}{" "}
                <span className="quiet number">{t(`（−${pointsLost} 分）`, `(−${pointsLost} points)`)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
