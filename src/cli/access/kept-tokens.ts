import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

/** What `kaimen login` keeps for a server. */
export interface KeptToken {
  readonly token: string;
  /** By which the server ends it. */
  readonly tokenId: string;
}

/** Where `kaimen login` keeps tokens, by the origin of the server: readable by its owner alone. */
export function tokensPath(): string {
  return join(process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config"), "kaimen", "tokens.json");
}

export async function readKeptToken(origin: string): Promise<KeptToken | undefined> {
  return (await readTokens())[origin];
}

/** Keeps a token, or with undefined forgets the one that is kept for the server. */
export async function keepToken(origin: string, kept: KeptToken | undefined): Promise<void> {
  const path = tokensPath();
  const { [origin]: _, ...others } = await readTokens();
  const tokens = kept === undefined ? others : { ...others, [origin]: kept };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await chmod(dirname(path), 0o700);
  // Written whole under another name first: whoever reads it never sees half of it.
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify(tokens, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, path);
}

async function readTokens(): Promise<Record<string, KeptToken>> {
  const text = await readFile(tokensPath(), "utf8").catch(() => "{}");
  return JSON.parse(text) as Record<string, KeptToken>; // Written by keepToken.
}
