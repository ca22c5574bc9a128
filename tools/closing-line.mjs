import { writeFileSync } from "node:fs";

/**
 * A vitest reporter that prints nothing. It leaves what happened in the file named by KAIMEN_TEST_COUNTS, from which
 * `npm test` makes its closing line after the test run has ended: only then can nothing follow that line.
 */
export default class ClosingLine {
  /**
   * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      for (const testCase of module.children.allTests()) {
        const { state } = testCase.result();
        if (state === "passed") counts.passed++;
        else if (state === "skipped") counts.skipped++;
        else counts.failed++; // A test still pending when the run ended did not pass.
      }
      // A file that cannot be loaded, or a beforeAll that throws, fails without failing any test.
      if (module.errors().length > 0) counts.failed++;
      for (const suite of module.children.allSuites()) {
        if (suite.errors().length > 0) counts.failed++;
      }
    }
    const file = process.env["KAIMEN_TEST_COUNTS"];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
  }
}
