import type { ReplyOf } from "../../api/client.ts";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { stepTitle } from "./step-titles.ts";

export type WholeCall = ReplyOf<"GET /api/requests/:traceId">;
export type Whole = NonNullable<WholeCall["whole"]>;

/** Why a call was refused and what to do, in plain words. */
export function Why({ call }: { call: WholeCall }) {
  const t = useText();
  const say = useBilingual();
  const { why, code, subCode, step, whole } = call;
  const said = whole?.subMessage ?? why?.publishedText;
  return (
    <section className="panel why" aria-labelledby="why">
      <h2 id="why">{t("为什么被拒绝，怎么办", "Why it was refused, and what to do")}</h2>
      <dl>
        <dt>{t("错误码", "Code")}</dt>
        <dd>
          <code>{subCode}</code> <span className="quiet mono">({code})</span>
        </dd>
        {step !== null && (
          <>
            <dt>{t("拒绝于", "Refused in")}</dt>
            <dd>
              {say(stepTitle(step))} <code className="quiet">{step}</code>
            </dd>
          </>
        )}
        {why !== null && (
          <>
            <dt>{t("原因", "Cause")}</dt>
            <dd>{say(why.cause)}</dd>
            <dt>{t("怎么办", "What to do")}</dt>
            <dd>
              <strong>{say(why.remedy)}</strong>
            </dd>
          </>
        )}
        {said !== undefined && (
          <>
            <dt>sub_msg</dt>
            <dd lang="zh-CN">{said}</dd>
          </>
        )}
        {whole?.fault !== undefined && whole.fault !== null && (
          <>
            <dt>{t("内部故障", "Fault")}</dt>
            <dd>
              <code>{whole.fault}</code>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
