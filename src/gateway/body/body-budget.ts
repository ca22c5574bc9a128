import { addressBlockOf } from "../../address-block.ts";

/** What a body's bytes, its file on the disk, and the number of its files may take up. Memory and disk in bytes. */
type Kind = "memory" | "disk" | "files";

/**
 * The first of a body's bytes are its connection's own, counted against nobody: as many as an inquiry needs, several times
 * over. There are only so many connections, so this is bounded too, and no upload can take it from those who inquire.
 */
export const ownBytes = 32_768;
/** What a piece costs beside its bytes, so that four megabytes sent a byte at a time are not a gigabyte of small objects. */
export const pieceBytes = 300;
/** One address gets this part of what there is. */
const addressShare = 1 / 4;
/** Files on the disk together, each of which holds a descriptor. */
const filesLimit = 256;
/** Of memory there is room for so many full bodies, and for this much at the least. */
const fullBodiesInMemory = 4;
const leastMemoryBytes = 64 * 1_048_576;
/** A body gets on when so many more bytes come within this time; one that does not gives way when room is short. */
const progressBytes = 65_536;
const stalledAfterMs = 5_000;
/** How often the stalled are looked for. */
const lookEveryMs = 1_000;

export interface BodyBudgetOptions {
  /** Of the largest body. */
  readonly bodyLimitBytes: number;
  /** For the files of all bodies under way. */
  readonly diskBytes: number;
  /** Whether behind this address stand many: a trusted proxy that says of nobody whom it sends for. */
  readonly standsForMany?: (address: string) => boolean;
  /** Told when there is no room, at most once in ten seconds, how often that was since. */
  readonly onShort?: (refused: number) => void;
  /** Milliseconds, of a clock that only goes forwards. */
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

  /** For a body that needs more than its own bytes. `abandon` ends it: it has stalled while others need its room. */
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

  /** Of BodyHold only. */
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

  /** Of BodyHold only. */
  now(): number {
    return this.#now();
  }

  /** Of BodyHold only. */
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

  /** All of the body has come: it cannot stall any more. */
  noteWhole(): void {
    this.#isWhole = true;
  }

  release(): void {
    for (const kind of ["memory", "disk", "files"] as const) this.needs(kind, 0);
    this.#budget.forget(this);
  }

  /** So many bytes of the body have come, whatever they cost. */
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

/** So much of one kind, for all addresses together. An address is in the table only while it holds something. */
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
