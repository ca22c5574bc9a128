import { readFileSync } from "node:fs";

/*
 * Loaded before the server by NODE_OPTIONS: its Date.now is ahead by the milliseconds that the file of SETTABLE_WALL_CLOCK
 * says. Whoever has written another number there sends SIGUSR2.
 */
const machineNow = Date.now;
let aheadMs = 0;
Date.now = () => machineNow() + aheadMs;
process.on("SIGUSR2", () => {
  aheadMs = Number(readFileSync(process.env["SETTABLE_WALL_CLOCK"] ?? "", "utf8"));
});
