type Value = string | number | boolean | null;

/** One column of the rows that a statement takes: its type in the database, and its value in each row. */
export interface ArrayColumn<Row> {
  readonly type: "bigint" | "boolean" | "int" | "smallint" | "text" | "timestamptz" | "uuid";
  readonly of: (row: Row, position: number) => Value;
}

/**
 * Rows that a statement takes as one array for each column, however many rows there are. The table that it is made of
 * is the only place that lists the columns: the names, the types and the arrays derive from it, so they cannot come to
 * stand in different orders.
 */
export class ArrayColumns<Row> {
  /** `position, bucket, …` */
  readonly names: string;
  readonly #columns: readonly [string, ArrayColumn<Row>][];

  constructor(columns: Readonly<Record<string, ArrayColumn<Row>>>) {
    this.#columns = Object.entries(columns);
    this.names = Object.keys(columns).join(", ");
  }

  /** `unnest($2::int[], $3::smallint[], …) as asked(position, bucket, …)`, when the first array is the second parameter. */
  unnest(alias: string, firstParameter: number): string {
    const arrays = this.#columns.map(([, { type }], index) => `$${firstParameter + index}::${type}[]`);
    return `unnest(${arrays.join(", ")}) as ${alias}(${this.names})`;
  }

  /** The arrays, one for each column. */
  parameters(rows: readonly Row[]): Value[][] {
    return this.#columns.map(([, { of }]) => rows.map(of));
  }
}
