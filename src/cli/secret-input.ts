import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { CommandError } from "./command-error.ts";

/** Where secrets are typed: on the terminal without being shown, or a line each on standard input where that is none. */
export interface SecretInput {
  /** Whether somebody types, who may mistype: a new password is asked for twice then. */
  readonly isTyped: boolean;
  /** @throws CommandError when there is no more to read. */
  ask(what: string): Promise<string>;
  close(): void;
}

export function openSecretInput(): SecretInput {
  const { stdin, stderr } = process;
  const isTyped = Boolean(stdin.isTTY);
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: silence, terminal: isTyped, historySize: 0 });
  const typed = lines[Symbol.asyncIterator]();
  // Whoever gives up has the terminal back as it was.
  lines.once("SIGINT", () => lines.close());
  return {
    isTyped,
    async ask(what) {
      if (isTyped) stderr.write(`${what}: `);
      const line = await typed.next();
      if (isTyped) stderr.write("\n");
      if (line.done === true)
        throw new CommandError(isTyped ? "nothing was done" : `standard input lacks a line: ${what}`);
      return line.value;
    },
    close: () => lines.close(),
  };
}

/** A password that somebody chooses, twice where it is typed. @throws CommandError when the two differ. */
export async function askNewPassword(input: SecretInput): Promise<string> {
  const password = await input.ask("New password");
  if (input.isTyped && (await input.ask("New password once more")) !== password)
    throw new CommandError("the two differ; nothing was changed");
  return password;
}
