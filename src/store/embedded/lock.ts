import { existsSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { mkdir, open, readdir, rm, stat, utimes } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "../store.ts";
import { directoryInUse } from "../sql-state.ts";

/*
 * A process claims a directory by creating an empty file whose name says who it is, then looks for the claims of
 * others. Of two that claim at once, the later one to list sees the earlier claim, so both can never hold. A claim
 * belongs to one process for ever and its name never comes back, so anybody may remove that of a dead process, and
 * two starters that find the same stale claim cannot remove each other's new one.
 */
const claimName = /^kaimen\.lock\.(\d+)\.(\d+)\.([0-9a-f-]+)$/;

/** Two starters that see each other both step back and try again, this often, before they give up. */
const attempts = 5;
const longestPauseMs = 100;

/** Another container's process cannot be looked up; it is taken for alive while its claim is younger than this. */
const foreignAliveMs = 30_000;
const renewMs = 5_000;

export interface DirectoryLock {
  /** Whether the claim still stands: only its removal can have let another process in. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

const heldByThisProcess = new Set<string>();

/**
 * Takes the directory, which is created if need be, for this process until `release` or the process's end. Throws
 * a StoreError naming the process that has it.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = `kaimen.lock.${process.pid}.${startTimeOf(process.pid)}.${namespace()}`;
  const path = join(resolve(directory), name);
  if (heldByThisProcess.has(path)) throw heldError(directory, process.pid);
  heldByThisProcess.add(path);
  let inode: number;
  try {
    for (let attempt = 1; ; attempt += 1) {
      inode = await createClaim(path);
      const holder = await findOtherHolder(directory, name);
      if (holder === undefined) break;
      await rm(path, { force: true });
      if (attempt === attempts) throw heldError(directory, holder);
      await sleep(Math.random() * longestPauseMs);
    }
  } catch (error) {
    heldByThisProcess.delete(path);
    throw error;
  }
  return hold(path, inode);
}

async function createClaim(path: string): Promise<number> {
  const file = await open(path, "w", 0o600);
  try {
    return (await file.stat()).ino;
  } finally {
    await file.close();
  }
}

function hold(path: string, inode: number): DirectoryLock {
  const renewal = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {}); // Only another container's starter would miss it.
  }, renewMs);
  renewal.unref();
  const removeAtExit = () => rmSync(path, { force: true });
  process.once("exit", removeAtExit);
  return {
    isHeld: () =>
      stat(path).then(
        ({ ino }) => ino === inode,
        () => false,
      ),
    async release() {
      clearInterval(renewal);
      process.off("exit", removeAtExit);
      await rm(path, { force: true });
      heldByThisProcess.delete(path);
    },
  };
}

/** The process behind another live claim; claims of the dead are removed on the way. */
async function findOtherHolder(directory: string, ownName: string): Promise<number | undefined> {
  let holder: number | undefined;
  for (const entry of await readdir(directory)) {
    const match = claimName.exec(entry);
    if (match === null || entry === ownName) continue;
    const [, pidText = "", start = "", place = ""] = match;
    const pid = Number(pidText);
    const path = join(directory, entry);
    const alive = place === namespace() ? isAlive(pid, start) : await isFresh(path);
    if (alive) holder = pid;
    else await rm(path, { force: true });
  }
  return holder;
}

function isAlive(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false; // EPERM: alive, and somebody else's.
  }
  return startTimeOf(pid) === start;
}

async function isFresh(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs < foreignAliveMs;
}

/** When the process started, in ticks since boot, which tells it from a later one with the same number. */
function startTimeOf(pid: number): string {
  const path = `/proc/${pid}/stat`;
  if (!existsSync("/proc/self/stat")) return "0";
  try {
    const text = readFileSync(path, "latin1");
    // Field 22 of proc(5); field 2 is the command in parentheses, which may hold anything.
    const [state, ...rest] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? "gone" : (rest[18] ?? "0"); // A zombie is dead, only not yet buried by its parent.
  } catch {
    return "gone";
  }
}

/** The boot and the container whose process numbers these are: elsewhere the same number is somebody else. */
function namespace(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").slice(0, 8);
    return `${boot}-${readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")}`;
  } catch {
    return "0";
  }
}

function heldError(directory: string, pid: number): StoreError {
  const what = `the data directory ${directory} is in use by process ${pid}`;
  return new StoreError(`${what}; stop it, or choose another directory with KAIMEN_DATA`, directoryInUse);
}
