import { type Clock, type Instant, instantToText, later, systemClock } from "../clock.ts";
import type { Queryable, Store } from "./store.ts";

/** A lease is renewed so often while it lasts that two attempts in a row may fail. */
const renewalsPerLease = 3;

export interface LeaseTerms {
  readonly name: string;
  /** The process, as a uuid. */
  readonly holder: string;
  readonly leaseMs: number;
}

/**
 * The right of one process to run a job, among all that share the database: a row with a holder and a time. Who finds that
 * the time is past, or is the holder, takes it by one statement, and the row's lock decides between two who try at once.
 * A process that dies leaves a row whose time passes.
 *
 * A process that was paused for longer than the lease, or cut off from the database, may go on with a run while another one
 * begins the next. Nothing here prevents that: the statements of a job have to be right when they are run twice, also at
 * the same time. The times are those of the processes' clocks, so the clocks have to agree to well within a lease.
 */
export class JobLease {
  readonly leaseMs: number;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #name: string;
  readonly #holder: string;

  /** `clock` is one that nobody sets: a sandbox whose time is put forward by a year is not to run its jobs a year long. */
  constructor(store: Store, clock: Clock, { name, holder, leaseMs }: LeaseTerms) {
    this.leaseMs = leaseMs;
    this.#store = store;
    this.#clock = clock;
    this.#name = name;
    this.#holder = holder;
  }

  /** Whether the lease is this process's now, from here to a whole term on. */
  async take(): Promise<boolean> {
    const rows = await this.#store.queryBriefly(takeSql, [
      this.#name,
      this.#holder,
      this.#textIn(0),
      this.#textIn(this.leaseMs),
    ]);
    return rows.length > 0;
  }

  /** Does the work, and renews the lease as long as that takes. */
  async renewedDuring(work: () => Promise<void>): Promise<void> {
    let renewing: Promise<void> | undefined;
    const timer = setInterval(() => {
      // What cannot be renewed now is tried again with the next tick, or is another process's by then.
      renewing ??= this.holdFor(this.leaseMs)
        .catch(() => undefined)
        .finally(() => (renewing = undefined));
    }, this.leaseMs / renewalsPerLease).unref();
    try {
      await work();
    } finally {
      clearInterval(timer);
      await renewing; // It would otherwise be written after what comes next.
    }
  }

  /** Nobody else runs the job for so long from now on; without effect when the lease has become another process's. */
  async holdFor(ms: number): Promise<void> {
    await this.#store.queryBriefly(holdSql, [this.#name, this.#holder, this.#textIn(ms)]);
  }

  #textIn(ms: number): string {
    return instantToText(later(this.#clock.now(), ms * 1_000));
  }
}

const takeSql = `
insert into job_lease (name, holder, until) values ($1, $2, $4)
on conflict (name) do update set holder = excluded.holder, until = excluded.until
  where job_lease.until <= $3 or job_lease.holder = excluded.holder
returning name`;

const holdSql = "update job_lease set until = $3 where name = $1 and holder = $2";

/** Every job with the end of its lease; `isOver` where no process has taken it again, by the process's clock. */
export async function listLeases(
  store: Queryable,
  now: Instant = systemClock.now(),
): Promise<{ name: string; until: Instant; isOver: boolean }[]> {
  const leases = await store.query<{ name: string; until: Instant }>("select name, until from job_lease order by name");
  return leases.map(({ name, until }) => ({ name, until, isOver: until < now }));
}
