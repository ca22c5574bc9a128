const nameLimit = 200;
const candidateLimit = 1_000;

/**
 * Gives a statement a name when it is seen for the second time, so that `pg` prepares it once per connection and a
 * statement used once is never kept. Names are never taken back (every connection would have to be told), so the
 * first 200 that recur are the prepared ones and later ones run unprepared.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #seenOnce = new Set<string>();

  nameOf(sql: string): string | undefined {
    const name = this.#names.get(sql);
    if (name !== undefined || this.#names.size >= nameLimit) return name;
    if (this.#seenOnce.delete(sql)) {
      const newName = `kaimen_${this.#names.size + 1}`;
      this.#names.set(sql, newName);
      return newName;
    }
    const [oldest] = this.#seenOnce;
    if (this.#seenOnce.size >= candidateLimit && oldest !== undefined) this.#seenOnce.delete(oldest);
    this.#seenOnce.add(sql);
    return undefined;
  }
}
