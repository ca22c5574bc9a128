import { Button } from "antd";
import { beijingText } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import type { PastCall } from "./history.ts";

/** The calls of before; one click puts one together again. */
export function PastCalls(parts: { past: readonly PastCall[]; onOpen: (call: PastCall) => void; onClear: () => void }) {
  const { past, onOpen, onClear } = parts;
  const t = useText();
  if (past.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="past">
      <div className="row" style={{ justifyContent: "space-between" }}>
        <h2 id="past" style={{ margin: 0, fontSize: 15 }}>
          {t("最近的调用", "Recent calls")}
        </h2>
        <Button size="small" type="text" onClick={onClear}>
          {t("清空", "Clear")}
        </Button>
      </div>
      <ol className="past">
        {past.map((call) => (
          <li key={call.at}>
            <time className="number quiet" dateTime={new Date(call.at).toISOString()} title="UTC+8">
              {beijingText(call.at).slice(5)}
            </time>
            <Button type="link" size="small" onClick={() => onOpen(call)}>
              <span className="mono">{call.method}</span>
            </Button>
            <code className={call.code === "10000" ? "good" : "bad"}>{call.code}</code>
            <span className="quiet number">{Math.round(call.tookMs)} ms</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
