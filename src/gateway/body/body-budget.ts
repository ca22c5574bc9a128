import { addressBlockOf } from "../../address-block.ts";

/** What a body's bytes, its file on the disk, and the number of its files may take up. Memory and disk in bytes. */
type Kind = "memory" | "disk" | "files";

/**
 * The first of a body's bytes are its connection's own, counted against nobody: as many as an inquiry needs, several times
 * over. There are only so many connections, so this is bounded too, and no upload can take it from those who inquire.
 */
export const ownBytes = 32_768;
/** One address gets at most this part of the room that there is. */
const addressShare = 1 / 4;
/** So many files may lie on the disk at a time: each of them holds a file descriptor. */
const filesLimit = 256;
/** There is memory for so many bodies of the largest size, and for so many bytes in any case. */
const fullBodiesInMemory = 4;
const leastMemoryBytes = 64 * 1_048_576;
/** A body has stalled when fewer bytes than these come within this time; it then gives way when room is short. */
const progressBytes = 65_536;
const stalledAfterMs = 5_000;
/** Bodies that have stalled are looked for so often at most. */
const lookEveryMs = 1_000;

export interface BodyBudgetOptions {
  /** How many bytes the largest body may have. */
  readonly bodyLimitBytes: number;
  /** How many bytes the files of all bodies under way may take up on the disk. */
  readonly diskBytes: number;
  /** Whether behind this address stand many: a trusted proxy that says of nobody whom it sends for. */
  readonly standsForMany?: (address: string) => boolean;
  /** Is called when there is no room, at most once in ten seconds, with how often that was so since the last call. */
  readonly onShort?: (refused: number) => void;
  /** The time in milliseconds, by a clock that only goes forwards. */
  readonly now?: () => number;
}

/**
 * The room that request bodies share. A body has to be whole before its signature can be judged, so strangers could fill
 * memory and disk with what they never finish. What lies on the disk does not count as memory; an address has a part of
 * each; and only bytes that have come count, so announcing a length takes nothing.
 */
export class BodyBudget {
  readonly #rooms: Record<Kind, Room>;
  readonly #options: BodyBudgetOptions;
  readonly #now: () => number;
  readonly #holds = new Set<BodyHold>();
  #lookedAt = -Infinity;
  #toldAt = -Infinity;
  #refused = 0;

  constructor(options: BodyBudgetOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#rooms = {
      memory: new Room(Math.max(leastMemoryBytes, fullBodiesInMemory * options.bodyLimitBytes)),
      disk: new Room(options.diskBytes),
      files: new Room(filesLimit),
    };
  }

  /**
   * Opens an account for a body that needs more than its own bytes. `abandon` is called when the body has stalled while
   * others need its room.
   */
  hold(address: string, abandon: () => void): BodyHold {
    const standsForMany = this.#options.standsForMany?.(address) === true;
    const hold = new BodyHold(this, {
      address: addressBlockOf(address),
      share: standsForMany ? 1 : addressShare,
      abandon,
      now: this.#now(),
    });
    this.#holds.add(hold);
    return hold;
  }

  /** What all bodies hold now. */
  held(): Readonly<Record<Kind, number>> {
    const { memory, disk, files } = this.#rooms;
    return { memory: memory.held, disk: disk.held, files: files.held };
  }

  /** For BodyHold alone. */
  resize(kind: Kind, hold: BodyHold, change: number): boolean {
    const room = this.#rooms[kind];
    if (change <= 0) {
      room.giveBack(hold.address, -change);
      return true;
    }
    const now = this.#now();
    const full = room.take(hold.address, change, hold.share);
    if (full === undefined) return true;
    this.#refused += 1;
    this.#tell(now);
    this.#abandonStalled(full === "address" ? hold.address : undefined, now);
    return false;
  }

  /** For BodyHold alone. */
  now(): number {
    return this.#now();
  }

  /** For BodyHold alone. */
  forget(hold: BodyHold): void {
    this.#holds.delete(hold);
  }

  #tell(now: number): void {
    if (now - this.#toldAt < 10_000) return;
    this.#options.onShort?.(this.#refused);
    this.#toldAt = now;
    this.#refused = 0;
  }

  #abandonStalled(address: string | undefined, now: number): void {
    if (now - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = now;
    for (const hold of this.#holds)
      if (hold.hasStalled(now) && (address === undefined || hold.address === address)) hold.abandon();
  }
}

/** What one body holds. Every amount is all that it needs of its kind now: more takes, less gives back. */
export class BodyHold {
  readonly address: string;
  readonly share: number;
  readonly abandon: () => void;
  readonly #budget: BodyBudget;
  readonly #held: Record<Kind, number> = { memory: 0, disk: 0, files: 0 };
  #arrived = 0;
  #progressAt: number;
  #isWhole = false;

  constructor(budget: BodyBudget, body: { address: string; share: number; abandon: () => void; now: number }) {
    this.#budget = budget;
    this.address = body.address;
    this.share = body.share;
    this.abandon = body.abandon;
    this.#progressAt = body.now;
  }

  /** False when there is no room for that; what was held before still is. */
  needs(kind: Kind, amount: number): boolean {
    if (!this.#budget.resize(kind, this, amount - this.#held[kind])) return false;
    this.#held[kind] = amount;
    return true;
  }

  /** Notes that all of the body has come, so that it cannot stall any more. */
  noteWhole(): void {
    this.#isWhole = true;
  }

  release(): void {
    for (const kind of ["memory", "disk", "files"] as const) this.needs(kind, 0);
    this.#budget.forget(this);
  }

  /** Notes that so many bytes of the body have come, whatever room they take up. */
  noteArrival(bytes: number): void {
    this.#arrived += bytes;
    if (this.#arrived < progressBytes) return;
    this.#arrived = 0;
    this.#progressAt = this.#budget.now();
  }

  hasStalled(now: number): boolean {
    return !this.#isWhole && now - this.#progressAt >= stalledAfterMs;
  }
}

/** The room of one kind, for all addresses together. An address is in the table only while it holds something. */
class Room {
  readonly #total: number;
  readonly #byAddress = new Map<string, number>();
  #held = 0;

  constructor(total: number) {
    this.#total = total;
  }

  get held(): number {
    return this.#held;
  }

  /** What is full, if anything is: nothing was taken then. */
  take(address: string, amount: number, share: number): "address" | "all" | undefined {
    const held = this.#byAddress.get(address) ?? 0;
    if (held + amount > this.#total * share) return "address";
    if (this.#held + amount > this.#total) return "all";
    this.#byAddress.set(address, held + amount);
    this.#held += amount;
    return undefined;
  }

  giveBack(address: string, amount: number): void {
    const left = (this.#byAddress.get(address) ?? 0) - amount;
    if (left > 0) this.#byAddress.set(address, left);
    else this.#byAddress.delete(address);
    this.#held -= amount;
  }
}
