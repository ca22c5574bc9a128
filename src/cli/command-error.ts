/** A command that cannot be carried out, in words that say what to do. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
