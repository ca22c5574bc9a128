import { CommandError } from "../command-error.ts";

/** A request that says so plainly when nothing answers. */
export function reach(address: string | URL, init?: RequestInit): Promise<Response> {
  return fetch(address, init).catch(() => {
    throw new CommandError(`nothing answers at ${new URL(address).origin}; is the server running?`);
  });
}
