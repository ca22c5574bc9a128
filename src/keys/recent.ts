/**
 * Values by name, of which the last `limit` set at most are kept and the last half of that at least. Two maps take turns:
 * when the younger is full, it takes the older's place. (A single Map whose first entry is deleted for each new one gets
 * slower with every deletion, since finding the first means walking past all that was deleted before it.)
 */
export class Recent<Value> {
  readonly #half: number;
  #younger = new Map<string, Value>();
  #older = new Map<string, Value>();

  constructor(limit: number) {
    this.#half = Math.max(Math.floor(limit / 2), 1);
  }

  get(name: string): Value | undefined {
    return this.#younger.get(name) ?? this.#older.get(name);
  }

  set(name: string, value: Value): void {
    if (this.#younger.size >= this.#half) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(name, value);
  }

  delete(name: string): void {
    this.#younger.delete(name);
    this.#older.delete(name);
  }
}
