import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.mjs";
import { say } from "./progress.mjs";

const fileName = ".boot.lock";
const waitLimitMs = 10 * 60_000;
const pollMs = 100;
/** A holder on another machine (a shared folder) cannot be asked whether it lives; this long it is believed. */
const unknownHolderLimitMs = 15 * 60_000;
/** Between creating the file and writing who holds it lies an instant; a file empty for longer was left by a crash. */
const unwrittenLimitMs = 5_000;

/**
 * Runs `work` while no other process installs or builds in this checkout.
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 */
export async function withCheckoutLock(root, work) {
  const path = join(root, fileName);
  await acquire(path);
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** @param {string} path */
async function acquire(path) {
  const deadline = performance.now() + waitLimitMs;
  let told = false;
  while (!create(path)) {
    const holder = readHolder(path);
    if (holder.isGone) {
      removeStale(path, holder.text);
      continue;
    }
    if (performance.now() > deadline) {
      throw new Failure(
        `Gave up after ${waitLimitMs / 60_000} minutes: ${holder.name} still holds ${path}. ` +
          "If nothing is installing or building there, delete that file.",
      );
    }
    if (!told) say(`waiting for ${holder.name}, which is installing or building in this checkout`);
    told = true;
    await sleep(pollMs);
  }
}

/** True when this call created the file: the operating system grants that to one process only. @param {string} path */
function create(path) {
  let file;
  try {
    file = openSync(path, "wx");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw new Failure(`Cannot write in the checkout: ${String(error)}`);
  }
  writeSync(file, JSON.stringify({ pid: process.pid, host: hostname() }));
  closeSync(file);
  return true;
}

/** @param {string} path @returns {{ name: string, text: string, isGone: boolean }} */
function readHolder(path) {
  let text = "";
  let ageMs = 0;
  try {
    text = readFileSync(path, "utf8");
    ageMs = Date.now() - statSync(path).mtimeMs;
  } catch {
    return { name: "another process", text, isGone: false }; // Just released; the next attempt settles it.
  }
  try {
    const { pid, host } = JSON.parse(text);
    const isHere = host === hostname();
    return { name: `process ${pid}`, text, isGone: isHere ? !isRunning(pid) : ageMs > unknownHolderLimitMs };
  } catch {
    return { name: "another process", text, isGone: ageMs > unwrittenLimitMs };
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}

/**
 * Two waiters may find the same dead holder. Whoever creates the second file removes the first, after reading it
 * again; without that, the slower one would remove the lock that the faster one has just taken.
 * @param {string} path
 * @param {string} staleText
 */
function removeStale(path, staleText) {
  const guard = `${path}.takeover`;
  if (!create(guard)) {
    if (readHolder(guard).isGone) rmSync(guard, { force: true });
    return;
  }
  try {
    if (contentIs(path, staleText)) rmSync(path, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** @param {string} path @param {string} text */
function contentIs(path, text) {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}
