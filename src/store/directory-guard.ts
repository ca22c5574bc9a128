import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { DirectoryLock } from "./lock.ts";

const lookMs = 1_000;

/** What says that a directory is the very one, and no other in its place. */
interface Identity {
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
  const opened = await stat(directory);
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const reason = await lossOf(directory, opened, lock);
    if (stopped) return;
    if (reason !== undefined) lost(reason);
    else timer = setTimeout(() => void look(), lookMs).unref();
  };
  timer = setTimeout(() => void look(), lookMs).unref();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function lossOf(directory: string, opened: Identity, lock: DirectoryLock): Promise<string | undefined> {
  const now = await stat(directory).catch(() => undefined);
  if (now === undefined) return `its directory ${directory} is gone`;
  if (now.dev !== opened.dev || now.ino !== opened.ino) return `another directory has taken the place of ${directory}`;
  if (!(await lock.isHeld())) return `its lock file beside ${directory} was removed, so that another process may use it too`;
  return access(directory, constants.W_OK).then(() => undefined, () => `its directory ${directory} cannot be written any more`);
}
