import { createHash } from "node:crypto";
import { type MonthIndex, monthToText } from "../clock.ts";
import { type FeatureName, isFeatureName } from "../scoring/card/features.ts";
import type { Split } from "../scoring/training/experiment.ts";
import type { Sample } from "../scoring/training/train.ts";
import { trainingRowsLimit } from "../scoring/training-rows.ts";
import type { Labels } from "./labels.ts";
import { ask } from "./access/ask.ts";
import type { OperatedServer } from "./access/server.ts";

const parts = 5;
/** One partition is one draw; the mean of three lies closer to what is true. */
const repeats = 3;
const heldBackShare = 0.3;

/** Labelled people with the features that the server read for them, as of before their outcome. */
export interface ReadSample {
  readonly sample: Sample;
  readonly labels: Labels["rows"];
  readonly audit: Labels["audit"];
  readonly asOf: readonly MonthIndex[];
}

/** Those who would have had no score at the time are left out. `purpose` goes on the server's record. */
export async function readSample(
  server: OperatedServer,
  labels: Labels,
  {
    outcomeFrom,
    fedBackLater,
    purpose,
  }: { outcomeFrom: MonthIndex | undefined; fedBackLater: boolean; purpose: string },
): Promise<ReadSample> {
  const rows: (number | null)[][] = [];
  const kept: number[] = [];
  let names: FeatureName[] = [];
  const months = [...new Set(labels.rows.map(({ asOf }) => asOf))].sort((left, right) => left - right);
  for (const month of months) {
    const of = [...labels.rows.keys()].filter((index) => labels.rows[index]?.asOf === month);
    for (let from = 0; from < of.length; from += trainingRowsLimit) {
      const some = of.slice(from, from + trainingRowsLimit);
      const answer = await ask(server, "POST /api/cards/features", {
        body: {
          asOf: monthToText(month),
          ...(outcomeFrom === undefined ? {} : { outcomeFrom: monthToText(outcomeFrom) }),
          fedBackLater,
          purpose,
          people: some.flatMap((index) => labels.rows[index] ?? []).map(credentialsOf),
        },
      });
      names = answer.features.filter(isFeatureName);
      answer.rows.forEach((row, place) => {
        if (row === null) return;
        rows.push(row);
        kept.push(some[place] ?? 0);
      });
    }
  }
  return {
    sample: {
      features: names,
      columns: names.map((_, column) => Float64Array.from(rows, (row) => row[column] ?? Number.NaN)),
      bad: Uint8Array.from(kept, (index) => (labels.rows[index]?.bad === true ? 1 : 0)),
    },
    labels: kept.flatMap((index) => labels.rows[index] ?? []),
    audit: labels.audit.map(({ name, values }) => ({ name, values: kept.map((index) => values[index] ?? "") })),
    asOf: months,
  };
}

const credentialsOf = ({ credentialsNo, credentialsType }: Labels["rows"][number]) => ({
  credentialsNo,
  credentialsType,
});

/** The newest date is kept back to judge; where there is one date only, three in ten by a hash of the person. */
export function splitOf(rows: Labels["rows"], random: boolean): Split {
  const newest = rows.reduce((most, { asOf }) => Math.max(most, asOf), 0);
  const outOfTime = !random && rows.some(({ asOf }) => asOf < newest);
  const hashes = rows.map(
    ({ credentialsType, credentialsNo }) =>
      createHash("sha256").update(`${credentialsType} ${credentialsNo}`).digest().readUInt32BE() / 2 ** 32,
  );
  return {
    kind: outOfTime ? "out of time" : "random",
    heldBack: rows.map(({ asOf }, index) => (outOfTime ? asOf === newest : (hashes[index] ?? 0) < heldBackShare)),
    repeats: Array.from({ length: repeats }, (_, repeat) =>
      hashes.map((hash) => Math.floor(hash * 1_000_003 * (repeat + 1) ** 2) % parts),
    ),
  };
}
