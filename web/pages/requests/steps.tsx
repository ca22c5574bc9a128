import { useBilingual, useText } from "../../shell/preferences.tsx";
import { stepTitle, stepTitles } from "./step-titles.ts";
import type { Whole } from "./why.tsx";

const marks = { passed: "✓", answered: "✓", refused: "✕", failed: "✕", unreached: "·" } as const;

/** The way of the request through the gateway: how long each step took, where it ended, and what was never reached. */
export function Steps({ steps }: { steps: Whole["steps"] }) {
  const t = useText();
  const say = useBilingual();
  const begun = new Set(steps.map(({ name }) => name));
  const last = steps.at(-1);
  const names = Object.keys(stepTitles);
  // What a step before the last left out was not needed; what comes after the last was not reached.
  const unreached = names.slice(names.indexOf(last?.name ?? "") + 1).filter((name) => !begun.has(name));
  const texts = {
    passed: t("通过", "passed"),
    answered: t("已应答", "answered"),
    refused: t("被拒绝", "refused"),
    failed: t("出错", "failed"),
    unreached: t("未到达", "not reached"),
  };
  return (
    <section className="panel">
      <h2>{t("处理步骤", "Steps")}</h2>
      <ol className="steps">
        {steps.map(({ name, us, outcome }) => (
          <li key={name} className={`is-${outcome === "answered" ? "passed" : outcome}`} title={name}>
            <span className="step-mark" role="img" aria-label={texts[outcome]}>
              {marks[outcome]}
            </span>
            <span>
              {say(stepTitle(name))}
              {outcome === "answered" && ` · ${texts.answered}`}
            </span>
            <span className="number">{timeText(us)}</span>
          </li>
        ))}
        {unreached.map((name) => (
          <li key={name} className="is-unreached" title={name}>
            <span className="step-mark" role="img" aria-label={texts.unreached}>
              {marks.unreached}
            </span>
            <span>{say(stepTitle(name))}</span>
            <span className="number">—</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function timeText(us: number): string {
  return us < 1_000 ? `${us} µs` : `${(us / 1_000).toFixed(us < 100_000 ? 1 : 0)} ms`;
}
