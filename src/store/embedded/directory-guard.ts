import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DirectoryLock } from "./lock.ts";

const checkIntervalMs = 1_000;
/** What a database has and keeps for as long as it is one, written in place: itself, its control file, its log. */
const keptPaths = ["", "global/pg_control", "pg_wal"];

/** What says that a file or directory is the very one, and no other in its place. */
interface Identity {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
}

/**
 * Looks every second whether the database's directory is still the one that was opened, can be written, and is this
 * process's alone, and calls `lost` once with the reason when it is not. A database whose files were moved or handed to
 * another process would go on without noticing: it has them open.
 */
export async function guardDirectory(
  directory: string,
  lock: DirectoryLock,
  lost: (reason: string) => void,
): Promise<{ stop(): void }> {
  const opened = await Promise.all(
    keptPaths.map(async (name): Promise<Identity> => {
      const path = join(directory, name);
      const { dev, ino } = await stat(path);
      return { path, dev, ino };
    }),
  );
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const reason = await findLoss(directory, opened, lock);
    if (stopped) return;
    if (reason !== undefined) lost(reason);
    else timer = setTimeout(() => void look(), checkIntervalMs).unref();
  };
  timer = setTimeout(() => void look(), checkIntervalMs).unref();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function findLoss(
  directory: string,
  opened: readonly Identity[],
  lock: DirectoryLock,
): Promise<string | undefined> {
  for (const { path, dev, ino } of opened) {
    const now = await stat(path).catch(() => undefined);
    if (now === undefined) return `${path} is gone`;
    if (now.dev !== dev || now.ino !== ino) return `another has taken the place of ${path}`;
  }
  if (!(await lock.isHeld()))
    return `the lock file beside ${directory} was removed, so that another process may use it too`;
  return access(directory, constants.W_OK).then(
    () => undefined,
    () => `${directory} cannot be written any more`,
  );
}
