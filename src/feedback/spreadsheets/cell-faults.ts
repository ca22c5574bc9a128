const listedFaults = 20;
const keptFaults = 10_000;

/** Cells that cannot be read without guessing, each with where it is, its column and what to do. */
export class CellFaults extends Error {
  override readonly name = "CellFaults";

  constructor(faults: readonly string[]) {
    const more = faults.length - listedFaults;
    const listed = faults.slice(0, listedFaults);
    super([...listed, ...(more > 0 ? [`and ${more} cells more`] : [])].join("\n"));
  }
}

/** Collects the faults of a table. */
export class FaultList {
  readonly #faults: string[] = [];

  add(place: string, column: string, fault: string): void {
    if (this.#faults.length < keptFaults) this.#faults.push(`${place} (${column}) ${fault}`);
  }

  /** Throws CellFaults where there was a fault. */
  throwIfAny(): void {
    if (this.#faults.length > 0) throw new CellFaults(this.#faults);
  }
}
