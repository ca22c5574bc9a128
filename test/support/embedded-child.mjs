// A process of its own for tests that kill it: `node embedded-child.mjs ACTION DIRECTORY`. Prints one line a step.
import { lockDirectory } from "#kaimen/store/embedded/lock.ts";
import { openStore } from "#kaimen/store/open.ts";

const [action, directory = ""] = process.argv.slice(2);

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`);

try {
  if (action === "lock") {
    await lockDirectory(directory);
    say("held");
    process.stdin.resume(); // Holds until killed or told to end.
    process.stdin.on("end", () => process.exit(0));
  } else {
    const store = await openStore({ dataDirectory: directory });
    say("open");
    if (action === "commit") {
      await store.execute("CREATE TABLE IF NOT EXISTS acknowledged (number int PRIMARY KEY)");
      for (let number = 1; number <= 1_000_000; number += 1) {
        await store.query("INSERT INTO acknowledged VALUES ($1)", [number]);
        say(`committed ${number}`);
      }
    }
    process.stdin.resume();
    process.stdin.on("end", () => store.close());
  }
} catch (error) {
  say(`refused ${error instanceof Error ? error.message : String(error)}`);
}
