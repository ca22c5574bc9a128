import type { WholeRequest } from "../../request-log/call.ts";

type StepOutcome = WholeRequest["steps"][number]["outcome"];

/** The steps that a request went through, with the time each took. */
export class StepTrail {
  readonly #begun: { readonly name: string; readonly atMs: number }[] = [];
  #endedAtMs = 0;

  begin(name: string): void {
    this.#begun.push({ name, atMs: performance.now() });
  }

  end(): void {
    this.#endedAtMs = performance.now();
  }

  /** `last` is what came of the step in which the way ended. */
  describe(last: StepOutcome): WholeRequest["steps"] {
    return this.#begun.map(({ name, atMs }, index) => {
      const next = this.#begun[index + 1];
      return {
        name,
        us: Math.round(((next?.atMs ?? this.#endedAtMs) - atMs) * 1_000),
        outcome: next === undefined ? last : "passed",
      };
    });
  }
}
