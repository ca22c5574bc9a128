const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 100;

/** Boot speaks on stderr only, so that stdout holds what the command itself prints. @param {string} line */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * One line for a step: a moving one while it runs on a terminal, then "installed in 12.3 s".
 * @param {{ doing: string, done: string, run: () => Promise<string[]> }} step
 */
export async function showProgress(step) {
  const startedAt = performance.now();
  const seconds = () => ((performance.now() - startedAt) / 1_000).toFixed(1);
  const isTerminal = process.stderr.isTTY === true && process.env["TERM"] !== "dumb";
  let frame = 0;
  const timer = isTerminal
    ? setInterval(() => {
        process.stderr.write(`\r\u001B[2K${frames[frame++ % frames.length]} ${step.doing} ${seconds()} s`);
      }, frameMs)
    : undefined;
  /** @type {string[]} */
  let remarks = [];
  try {
    remarks = await step.run();
  } finally {
    clearInterval(timer);
    if (isTerminal) process.stderr.write("\r\u001B[2K");
  }
  for (const remark of remarks) say(remark);
  say(`${step.done} in ${seconds()} s`);
}
