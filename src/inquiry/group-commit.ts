import { OwnerCounts, shareOut } from "./shares.ts";

/**
 * Callers that come at the same time share one statement and one commit. The next group starts when the last has
 * committed, so a group is as large as the load makes it and a lone caller waits for nobody.
 */
export interface GroupCommit<Item, Result> {
  /** Resolves after the commit. Rejects with GroupQueueFull, or with what the commit rejected with. */
  submit(item: Item): Promise<Result>;
  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void>;
}

export class GroupQueueFull extends Error {
  override readonly name = "GroupQueueFull";
}

interface QueuedItem<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

export interface GroupLimits<Item> {
  readonly groupLimit: number;
  readonly queueLimit: number;
  /** Whose an item is. Where more wait than a group holds, owners share it; where too many do, whoever has the most gives way. */
  readonly ownerOf?: (item: Item) => string;
}

/** `commit` gets at most `groupLimit` items and answers each in its place; at most `queueLimit` wait. */
export function createGroupCommit<Item, Result>(
  commit: (items: readonly Item[]) => Promise<readonly Result[]>,
  { groupLimit, queueLimit, ownerOf = () => "" }: GroupLimits<Item>,
): GroupCommit<Item, Result> {
  const ownerOfWaiting = ({ item }: QueuedItem<Item, Result>): string => ownerOf(item);
  let waiting: QueuedItem<Item, Result>[] = [];
  const counts = new OwnerCounts();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // One turn of the event loop lets everything that has arrived join the first group.
    await new Promise(setImmediate);
    while (waiting.length > 0) {
      let group = waiting;
      if (waiting.length <= groupLimit) waiting = [];
      else [group, waiting] = shareOut(waiting, groupLimit, ownerOfWaiting);
      for (const each of group) counts.remove(ownerOfWaiting(each));
      try {
        const results = await commit(group.map(({ item }) => item));
        group.forEach(({ resolve, reject }, index) => {
          const result = results[index];
          if (result === undefined) reject(new Error("the commit left an item unanswered"));
          else resolve(result);
        });
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    running = undefined;
  }

  return {
    submit(item) {
      if (waiting.length >= queueLimit) {
        const largest = counts.whoGivesWayTo(ownerOf(item));
        const full = new GroupQueueFull("too many wait for a commit");
        if (largest === undefined) return Promise.reject(full);
        const last = waiting.findLastIndex((each) => ownerOfWaiting(each) === largest);
        waiting.splice(last, 1).forEach(({ reject }) => reject(full));
        counts.remove(largest);
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        counts.add(ownerOf(item));
        running ??= run();
      });
    },
    async idle() {
      while (running !== undefined) await running;
    },
  };
}
