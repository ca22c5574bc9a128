import { useAsk } from "../../api/queries.ts";
import { Figures } from "../../parts/panel.tsx";
import { useText } from "../../shell/preferences.tsx";
import type { CallFilter } from "./call-filter.ts";
import { type Stretch, stretchesOf } from "./stretches.ts";

const refreshMs = 5_000;
const heightPx = 44;
const gapShare = 0.2;

/** How many calls there were in the last day, of the app and method chosen: figures, and a bar for each ten minutes. */
export function Traffic({ filter: { appId, merchantId, method } }: { filter: CallFilter }) {
  const t = useText();
  const query = {
    ...(appId === undefined ? {} : { appId }),
    ...(merchantId === undefined ? {} : { merchantId }),
    ...(method === undefined ? {} : { method }),
  };
  const { data } = useAsk("GET /api/requests/counts", { query }, { refetchInterval: refreshMs });
  if (data === undefined) return <div className="sheet traffic" style={{ height: 76 }} />;
  const stretches = stretchesOf(data);
  const calls = stretches.reduce((sum, each) => sum + each.answered + each.refused, 0);
  const refused = stretches.reduce((sum, each) => sum + each.refused, 0);
  const averageMs = data.counts.reduce((sum, each) => sum + each.averageMs * each.calls, 0) / Math.max(calls, 1);
  const figures: readonly (readonly [name: string, value: string])[] = [
    [t("24 小时调用", "Calls in 24 h"), calls.toLocaleString("en")],
    [t("被拒", "Refused"), calls === 0 ? "0" : `${refused.toLocaleString("en")} · ${percent(refused / calls)}`],
    [t("平均耗时", "Average"), calls === 0 ? "—" : `${averageMs.toFixed(1)} ms`],
  ];
  return (
    <div className="sheet traffic">
      <Figures figures={figures} />
      <Bars stretches={stretches} />
    </div>
  );
}

const percent = (share: number): string => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;

function Bars({ stretches }: { stretches: readonly Stretch[] }) {
  const most = Math.max(1, ...stretches.map(({ answered, refused }) => answered + refused));
  // A single call is still to be seen beside a thousand.
  const high = (calls: number): number => (calls === 0 ? 0 : Math.max((calls / most) * heightPx, 1.5));
  return (
    <svg viewBox={`0 0 ${stretches.length} ${heightPx}`} preserveAspectRatio="none" aria-hidden>
      {stretches.map(({ at, answered, refused }, x) => (
        <g key={at}>
          <rect
            className="traffic-answered"
            x={x}
            width={1 - gapShare}
            y={heightPx - high(answered)}
            height={high(answered)}
          />
          <rect
            className="traffic-refused"
            x={x}
            width={1 - gapShare}
            y={Math.max(heightPx - high(answered) - high(refused), 0)}
            height={high(refused)}
          />
        </g>
      ))}
    </svg>
  );
}
