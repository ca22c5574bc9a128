/**
 * The order of src/. A folder imports from its own row and from the rows below it, never upwards; within a row only
 * as long as nothing goes round in a circle. A new folder is given its place here.
 */
export const rows = [
  ["main.ts", "routes.ts", "cli"],
  ["gateway", "console", "sandbox", "sdk", "http"],
  ["methods"],
  ["platform.ts"],
  ["people"],
  ["inquiry", "feedback", "consent", "ledger", "merchants", "scoring"],
  ["accounts", "audit", "request-log", "job.ts"],
  ["store"],
  [
    "keys",
    "address-block.ts",
    "clock.ts",
    "csv.ts",
    "deadline.ts",
    "config.ts",
    "start-checks.ts",
    "log.ts",
    "trace-id.ts",
  ],
  ["protocol"],
];

/** Narrower than the rows allow. @type {Record<string, readonly string[]>} */
export const only = {
  // What only integrators need is handed in, so that production stands without it.
  gateway: [
    "http",
    "methods",
    "platform.ts",
    "inquiry",
    "feedback",
    "consent",
    "ledger",
    "merchants",
    "scoring",
    "request-log",
    "store",
    "keys",
    "protocol",
    "address-block.ts",
    "clock.ts",
    "config.ts",
    "deadline.ts",
    "log.ts",
    "start-checks.ts",
    "trace-id.ts",
  ],
  // The client travels to others' programs: the wire, and nothing of the server or of Node.
  sdk: ["protocol"],
};

/** What of src/ also runs in a browser: no I/O, and nothing of Node's. Of the rest, pages take types alone. */
export const forPages = [
  /^src\/protocol\//,
  /^src\/accounts\/roles\.ts$/,
  /^src\/console\/problem\.ts$/,
  /^src\/sdk\//,
  /^src\/csv\.ts$/,
  /^src\/sandbox\/answers-on-demand\.ts$/,
];

/** The files that something outside src/ and web/ starts. A worker is started by its file name. */
export const entryFiles = [
  /^src\/main\.ts$/,
  /^src\/cli\/main\.ts$/,
  /^src\/sdk\/(?:testing\/)?index\.ts$/,
  /-worker\.ts$/,
  /^web\/main\.tsx$/,
];

/** The folder or root file a path belongs to. @param {string} path From the checkout's root: src/…. */
export function placeOf(path) {
  return path.split("/")[1] ?? "";
}
