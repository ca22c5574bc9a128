import type { ReportedFeature, TrainingReport } from "./report.ts";

/** The report as one page that needs nothing else: no script, no font, no picture from anywhere. */
export function renderReport(report: TrainingReport): string {
  const { card, holdout, crossValidated } = report;
  const used = report.features.filter(({ fate }) => fate === "in the card");
  const rest = report.features.filter(({ fate }) => fate !== "in the card");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(card.title.en)}</title><style>${style}</style></head><body>
<h1>${escaped(card.title.en)}</h1>
${report.inWords.map((sentence) => `<p>${escaped(sentence)}</p>`).join("\n")}
<h2>How well it ranks</h2>
${table(
  ["", "AUC", "Gini", "KS"],
  [
    [
      `five-fold cross-validation, ${crossValidated.repeats} times`,
      `${fixed(crossValidated.auc)} ± ${fixed(crossValidated.halfWidth)}`,
      fixed(crossValidated.gini),
      fixed(crossValidated.ks),
    ],
    [
      `people kept back (${holdout.kind}, ${holdout.people}, ${holdout.bads} bad)`,
      `${fixed(holdout.auc)} ± ${fixed(holdout.halfWidth)}`,
      fixed(holdout.gini),
      fixed(holdout.ks),
    ],
  ],
)}
<div class="charts">${gainsChart(report)}${calibrationChart(report)}</div>
<h2>Gains: people kept back, by tenths of the score</h2>
${table(
  ["score", "people", "bad", "bad rate", "said", "of all bads so far", "lift"],
  report.gains.map((gain) => [
    `${gain.from}–${gain.to}`,
    String(gain.people),
    String(gain.bads),
    percent(gain.badRate),
    percent(gain.expectedBadRate),
    percent(gain.badsSoFar),
    gain.lift.toFixed(2),
  ]),
)}
<p>Largest distance between said and seen: ${percent(report.calibrationError)}. Stability of the score (PSI) between the people trained on and those kept back: ${report.scoreStability.toFixed(4)} (0.1 is worth a look, 0.25 asks for action).</p>
<h2>The card</h2><p>Everybody starts from ${card.basePoints} points; the sum is cut to ${card.floor}–${card.ceiling}.</p>
${used.map(featureSection).join("\n")}
<h2>How the characteristics go together</h2>
${correlationTable(report)}
${
  report.groups.length === 0
    ? ""
    : `<h2>Does it treat groups alike?</h2>${table(
        ["column", "group", "people", "bad", "mean score", "AUC"],
        report.groups.map((group) => [
          group.column,
          group.value,
          String(group.people),
          String(group.bads),
          group.meanScore.toFixed(1),
          group.auc === undefined ? "–" : fixed(group.auc),
        ]),
      )}`
}
<h2>What was left out</h2>
${table(
  ["feature", "information value", "why"],
  rest.map(({ meaning, informationValue, fate }) => [meaning.en, fixed(informationValue), fate]),
)}
<h2>Where it comes from</h2><pre>${escaped(JSON.stringify(card.training ?? {}, undefined, 2))}</pre>
</body></html>
`;
}

const style = `body{font:15px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2733}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}td,th{padding:.2rem .8rem;border-bottom:1px solid #dde3ea;text-align:right}td:first-child,th:first-child{text-align:left}
h2{margin-top:2.5rem}.charts{display:flex;flex-wrap:wrap;gap:2rem}pre{background:#f4f6f8;padding:1rem;overflow:auto}.bar{display:inline-block;height:.7rem;background:#2f6fb0}.tight td,.tight th{padding:.1rem .35rem;font-size:12px}`;

function featureSection({ meaning, informationValue, stability, bins }: ReportedFeature): string {
  const most = Math.max(...bins.map(({ goods, bads }) => bads / Math.max(goods + bads, 1)), 0.0001);
  return `<h3>${escaped(meaning.en)} · ${escaped(meaning.zh)}</h3><p>information value ${fixed(informationValue)}, stability ${(stability ?? 0).toFixed(4)}</p>
<table><tr><th>value</th><th>good</th><th>bad</th><th>bad rate</th><th></th><th>points</th></tr>${bins
    .map(({ label, goods, bads, points }) => {
      const rate = bads / Math.max(goods + bads, 1);
      return `<tr><td>${escaped(label)}</td><td>${goods}</td><td>${bads}</td><td>${percent(rate)}</td><td style="text-align:left"><span class="bar" style="width:${((rate / most) * 8).toFixed(2)}rem"></span></td><td>${points ?? ""}</td></tr>`;
    })
    .join("")}</table>`;
}

const size = 280;

/** Of everybody from the lowest score up, the share of bads found, against chance. */
function gainsChart({ gains, holdout }: TrainingReport): string {
  let people = 0;
  const points = gains.map((gain) => {
    people += gain.people;
    return [people / Math.max(holdout.people, 1), gain.badsSoFar] as const;
  });
  return chart(
    "Bads found, from the lowest score up",
    [[0, 0], ...points],
    [
      [0, 0],
      [1, 1],
    ],
  );
}

/** The bad rate that was said against the one that was seen; on the line they agree. */
function calibrationChart({ gains }: TrainingReport): string {
  const most = Math.max(...gains.flatMap(({ badRate, expectedBadRate }) => [badRate, expectedBadRate]), 0.0001);
  const points = gains
    .map(({ badRate, expectedBadRate }) => [expectedBadRate / most, badRate / most] as const)
    .toSorted((left, right) => left[0] - right[0]);
  return chart(`Bad rate said and seen, up to ${percent(most)}`, points, [
    [0, 0],
    [1, 1],
  ]);
}

type Line = readonly (readonly [x: number, y: number])[];

function chart(title: string, line: Line, reference: Line): string {
  const path = (points: Line): string =>
    points.map(([x, y]) => `${(x * size).toFixed(1)},${((1 - y) * size).toFixed(1)}`).join(" ");
  return `<figure><svg width="${size + 20}" height="${size + 20}" viewBox="-10 -10 ${size + 20} ${size + 20}" role="img" aria-label="${escaped(title)}">
<rect width="${size}" height="${size}" fill="none" stroke="#b6c0cb"/><polyline points="${path(reference)}" fill="none" stroke="#b6c0cb" stroke-dasharray="4"/>
<polyline points="${path(line)}" fill="none" stroke="#2f6fb0" stroke-width="2"/>${line.map(([x, y]) => `<circle cx="${(x * size).toFixed(1)}" cy="${((1 - y) * size).toFixed(1)}" r="3" fill="#2f6fb0"/>`).join("")}</svg><figcaption>${escaped(title)}</figcaption></figure>`;
}

function correlationTable({ correlations: { features, values } }: TrainingReport): string {
  const header = features.map((_, index) => `<th>${index + 1}</th>`).join("");
  const rows = features.map(
    (name, row) =>
      `<tr><td>${row + 1} ${escaped(name)}</td>${(values[row] ?? []).map((value) => `<td style="background:rgba(47,111,176,${Math.min(Math.abs(value), 1).toFixed(2)})">${value.toFixed(2)}</td>`).join("")}</tr>`,
  );
  return `<table class="tight"><tr><th></th>${header}</tr>${rows.join("")}</table>`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<table>${row(header, "th")}${rows.map((cells) => row(cells, "td")).join("")}</table>`;
}

function fixed(value: number): string {
  return value.toFixed(4);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
