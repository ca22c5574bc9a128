import type { ReactNode } from "react";
import "./charts.css";

export interface ChartPoint {
  readonly key: string;
  readonly label: string;
  readonly value: number;
  /** Said of the point when one points at it. */
  readonly title: string;
}

/** A value over time as a line, from `low` to `high`. The table beside it says the same to whoever cannot see it. */
export function LineChart(chart: { points: readonly ChartPoint[]; low: number; high: number; about: string }) {
  const { points, low, high, about } = chart;
  const x = (index: number): number => (points.length === 1 ? 50 : (index / (points.length - 1)) * 100);
  const y = (value: number): number => 100 - ((value - low) / (high - low)) * 100;
  return (
    <figure className="chart" role="img" aria-label={about}>
      <div className="chart-scale number" aria-hidden>
        <span>{high}</span>
        <span>{Math.round((low + high) / 2)}</span>
        <span>{low}</span>
      </div>
      <div className="chart-field" aria-hidden>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none">
          <polyline
            className="chart-line"
            points={points.map(({ value }, index) => `${x(index)},${y(value)}`).join(" ")}
            vectorEffect="non-scaling-stroke"
          />
        </svg>
        {points.map(({ key, value, title }, index) => (
          <i key={key} className="chart-dot" title={title} style={{ left: `${x(index)}%`, top: `${y(value)}%` }} />
        ))}
      </div>
      <Ends points={points} />
    </figure>
  );
}

/** An amount for each of several equal stretches. */
export function ColumnChart({ points, about }: { points: readonly ChartPoint[]; about: string }) {
  const most = Math.max(1, ...points.map(({ value }) => value));
  return (
    <figure className="chart" role="img" aria-label={about}>
      <div className="chart-scale number" aria-hidden>
        <span>{most.toLocaleString("en")}</span>
        <span>0</span>
      </div>
      <div className="chart-field chart-columns" aria-hidden>
        {points.map(({ key, value, title }) => (
          <i
            key={key}
            title={title}
            style={{ height: value === 0 ? "1px" : `${Math.max((value / most) * 100, 2)}%` }}
          />
        ))}
      </div>
      <Ends points={points} />
    </figure>
  );
}

function Ends({ points }: { points: readonly ChartPoint[] }) {
  return (
    <div className="chart-ends quiet number" aria-hidden>
      <span>{points[0]?.label}</span>
      {points.length > 1 && <span>{points.at(-1)?.label}</span>}
    </div>
  );
}

export interface Bar {
  readonly key: string;
  readonly label: ReactNode;
  readonly value: number;
  readonly shown: string;
}

/** Values side by side, each a bar from zero: to the right where it is more, to the left where it is less. */
export function Bars({ bars }: { bars: readonly Bar[] }) {
  const least = Math.min(0, ...bars.map(({ value }) => value));
  const most = Math.max(0, ...bars.map(({ value }) => value));
  const reach = most - least || 1;
  return (
    <ul className="bars">
      {bars.map(({ key, label, value, shown }) => (
        <li key={key}>
          <span className="bars-label">{label}</span>
          <span className="bars-field" aria-hidden>
            <i
              className={value < 0 ? "bars-less" : "bars-more"}
              style={{
                left: `${((Math.min(value, 0) - least) / reach) * 100}%`,
                width: `${(Math.abs(value) / reach) * 100}%`,
              }}
            />
          </span>
          <span className="bars-value number">{shown}</span>
        </li>
      ))}
    </ul>
  );
}
