import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
let folder = "";
let archive = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kaimen-sdk-test-"));
  const packed = execFileSync(process.execPath, [join(checkout, "tools/pack-sdk.mjs"), join(folder, "packed")], {
    encoding: "utf8",
    cwd: checkout,
  });
  archive = packed.trim();
  writeFileSync(join(folder, "package.json"), '{"private":true}');
  execFileSync("npm", ["install", "--offline", "--no-audit", "--no-fund", archive], { cwd: folder });
  mkdirSync(join(folder, "node_modules", "@types"), { recursive: true });
  symlinkSync(join(checkout, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
  symlinkSync(join(checkout, "node_modules/undici-types"), join(folder, "node_modules/undici-types"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return execFileSync(process.execPath, [name], { cwd: folder, encoding: "utf8" }).trim();
};

const program = `
  const gateway = await createTestGateway();
  gateway.answer("zhima.credit.score.get", { fields: { biz_no: "1", zm_score: "800" } });
  const result = await new Client(gateway.config).execute(
    "zhima.credit.score.get",
    { transactionId: newTransactionId(), productCode: "w1010100100000000001" },
    { authToken: "token" },
  );
  console.log(result.ok && result.zmScore);
`;

it("is less than 60 kB, and needs no other package", () => {
  expect(statSync(archive).size).toBeLessThan(60_000);
  const manifest = JSON.parse(readFileSync(join(folder, "node_modules/kaimen-sdk/package.json"), "utf8")) as object; // npm's.
  expect(manifest).not.toHaveProperty("dependencies");
});

it("is imported as a module, and required as CommonJS", () => {
  const imports =
    'import { Client, newTransactionId } from "kaimen-sdk"; import { createTestGateway } from "kaimen-sdk/testing";';
  expect(run("use.mjs", imports + program)).toBe("800");
  const requires =
    'const { Client, newTransactionId } = require("kaimen-sdk"); const { createTestGateway } = require("kaimen-sdk/testing");';
  expect(run("use.cjs", `${requires} (async () => {${program}})();`)).toBe("800");
});

describe("is typed", () => {
  const typed = `
    import { Client, ZhimaCreditScoreGetRequest } from "kaimen-sdk";
    import { signReply } from "kaimen-sdk/testing";
    declare const client: Client;
    export async function use(): Promise<number | undefined> {
      const fields = { transactionId: "T1", productCode: "w1010100100000000001" };
      const result = await client.execute("zhima.credit.score.get", fields, { authToken: "x" });
      if (result.ok) return result.zmScore === "N/A" ? undefined : result.zmScore + 1;
      if (result.subCode === "TRANSACTIONID_CLOSE" || result.subCode === "isv.invalid-signature") return result.remedy?.zh.length;
      // @ts-expect-error no such sub_code
      if (result.subCode === "TRANSACTION_ID_CLOSE") return 1;
      // @ts-expect-error a refusal has no score
      void result.zmScore;
      // @ts-expect-error a user's method needs a token
      await client.execute("zhima.credit.score.get", fields);
      // @ts-expect-error no such field
      await client.execute("zhima.credit.score.get", { ...fields, transaction: "T" }, { authToken: "x" });
      // @ts-expect-error no such method
      await client.execute("zhima.credit.score", fields, { authToken: "x" });
      await client.execute(new ZhimaCreditScoreGetRequest(fields), { authToken: "x" });
      void signReply;
      return undefined;
    }
  `;
  const resolutions: [string, string, string, string][] = [
    ["a module under node16", "typed.mts", "Node16", "Node16"],
    ["CommonJS under node16", "typed.cts", "Node16", "Node16"],
    ["a bundler's resolution", "bundled.ts", "ESNext", "Bundler"],
  ];
  it.each(resolutions)("for %s", (_, name, module, moduleResolution) => {
    writeFileSync(join(folder, name), typed);
    const compilerOptions = { target: "ES2022", module, moduleResolution, strict: true, noEmit: true, types: ["node"] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [name] }));
    const compiler = join(checkout, "node_modules/typescript/bin/tsc");
    const { output } = tryRun(() =>
      execFileSync(process.execPath, [compiler, "-p", "."], { cwd: folder, encoding: "utf8" }),
    );
    expect(output).toBe("");
  });
});

function tryRun(act: () => string): { output: string } {
  try {
    return { output: act() };
  } catch (error) {
    return { output: String((error as { stdout?: string }).stdout) }; // What execFileSync throws has the output.
  }
}
