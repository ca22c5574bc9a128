import { readFile } from "node:fs/promises";
import { CommandError } from "./command-error.ts";

/** What an option says, read strictly. Each throws a CommandError that names the option. */
export function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new CommandError(`${option} is "${text}"; write a whole number`);
  return Number(text);
}

export function yesOrNo(option: string, text: string): boolean {
  if (text !== "yes" && text !== "no") throw new CommandError(`${option} is yes or no`);
  return text === "yes";
}

/** Undefined for an option that was left out. */
export function yesOrNoIfSaid(option: string, text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : yesOrNo(option, text);
}

export function listOf(text: string): string[] {
  return text.split(",").map((each) => each.trim());
}

export function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}
