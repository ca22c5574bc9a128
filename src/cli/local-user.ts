import { hostname, userInfo } from "node:os";

/** Who runs the command, as the machine knows them: user@machine. */
export function localUser(): string {
  return `${userName()}@${hostname()}`;
}

/** A container may run under a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? "user");
  }
}
