import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCall, type CallDraft, parametersOf } from "../../web/wire/call.ts";
import { readCertificates, rootSnOf } from "../../src/sdk/keys/certificate.ts";
import { collectionOf } from "../../web/wire/collection.ts";
import { pemLabels, readKeyText, toPem } from "../../web/wire/key-text.ts";
import { type MistakenMethod, mistakesOf } from "../../web/wire/mistakes.ts";
import { type ReadReply, readReply } from "../../web/wire/reply.ts";
import { snippets } from "../../web/wire/snippets/index.ts";
import { keyFile } from "../../web/wire/snippets/snippet.ts";
import { newTransactionId } from "../support/integrator.ts";
import { type RunningKaimen, startKaimen } from "../support/kaimen.ts";
import { askAsOperator } from "../support/operator.ts";

const run = promisify(execFile);

/** Of the list of methods what is read here. */
interface Method extends MistakenMethod {
  readonly title: { readonly zh: string; readonly en: string };
  readonly description: { readonly zh: string; readonly en: string };
  readonly request: readonly (MistakenMethod["request"][number] & {
    readonly example: string;
    readonly doc: { readonly zh: string; readonly en: string };
  })[];
}

let kaimen: RunningKaimen;
let methods: readonly Method[];
let gatewayErrors: MistakenMethod["errors"];
beforeAll(async () => {
  kaimen = await startKaimen();
  const { answer } = await askAsOperator(kaimen.sandbox, "GET /api/methods");
  methods = answer["methods"] as Method[];
  gatewayErrors = answer["gatewayErrors"] as MistakenMethod["errors"];
});
afterAll(() => kaimen.stop());

const records = new TextEncoder().encode(
  '{"records":[{"user_name":"张三","user_credentials_type":"0","user_credentials_no":"990000199003070013","order_no":"O1","biz_type":"1","order_status":"04","create_amt":"1200.50","pay_month":"2026-10","gmt_ovd_date":"","overdue_cnt":"0"}]}',
);

/** A call of a method as its documented example has it. */
function exampleOf({ name, fields, auth, request }: Method, more: Partial<CallDraft> = {}): CallDraft {
  const texts = request
    .filter(({ type, required }) => type === "string" && required)
    .map((each) => [each.name, each.name === "transaction_id" ? newTransactionId() : each.example]);
  return {
    method: name,
    appId: kaimen.sandbox.app_id,
    signType: "RSA2",
    charset: "utf-8",
    timestamp: "2026-11-30 12:00:00",
    fieldsIn: fields,
    fields: Object.fromEntries(texts) as Record<string, string>, // Pairs of texts.
    files: request
      .filter(({ type }) => type === "file")
      .map((each) => ({ name: each.name, fileName: "feedback.json", content: Uint8Array.from(records) })),
    authToken: auth === "user" ? kaimen.sandbox.users[0]?.access_token : undefined,
    ...more,
  };
}

async function send(draft: CallDraft, change: Parameters<typeof buildCall>[2] = {}): Promise<ReadReply> {
  const built = await buildCall(draft, kaimen.sandbox.app_private_key_pkcs8, change);
  const reply = await fetch(kaimen.sandbox.gateway_url, {
    method: "POST",
    headers: { "content-type": built.contentType },
    body: built.body,
  });
  const { charset, signType, encryption } = draft;
  const publicKey = kaimen.sandbox.alipay_public_key;
  return readReply(new Uint8Array(await reply.arrayBuffer()), { charset, signType, publicKey, encryption });
}

const called = (name: string): Method => {
  const found = methods.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no method ${name}`);
  return found;
};
const score = "zhima.credit.score.get";

describe("a call made by the debugging page", () => {
  it("in every charset, mode and encryption is answered, and its reply verifies", async () => {
    const certificates = {
      appCertSn: readCertificates(kaimen.sandbox.app_cert)[0]?.sn ?? "",
      rootCertSn: rootSnOf(readCertificates(kaimen.sandbox.alipay_root_cert)),
    };
    const key = kaimen.sandbox.encrypt_key;
    const variants: [string, Partial<CallDraft>][] = [
      ["utf-8", {}],
      ["gbk", { charset: "gbk" }],
      ["RSA", { signType: "RSA" }],
      ["certificates", { certificates }],
      ["AES", { encryption: { encryptType: "AES", key } }],
      ["AES_V2, gbk, certificates", { encryption: { encryptType: "AES_V2", key }, charset: "gbk", certificates }],
    ];
    for (const [name, variant] of variants) {
      const reply = await send(exampleOf(called(score), variant));
      expect([name, reply.code, reply.subCode, reply.verification]).toEqual([name, "10000", undefined, "holds"]);
    }
  });

  it("with a file in GBK is stored, a refusal in GBK is read and verified", async () => {
    const method = called("zhima.data.batch.feedback");
    expect(await send(exampleOf(method, { charset: "gbk" }))).toMatchObject({ code: "10000", verification: "holds" });
    const wrong = exampleOf(method, { charset: "gbk" });
    const reply = await send({ ...wrong, fields: { ...wrong.fields, file_type: "其他" } });
    expect(reply).toMatchObject({ subCode: "INVALID_FILE_TYPE", verification: "holds" });
    expect(reply.subMessage).toMatch(/\p{Script=Han}/u);
  });

  it("with one thing wrong is refused with what the page says, for each such thing of each method", async () => {
    const differing: string[] = [];
    for (const method of methods) {
      for (const mistake of mistakesOf(method, gatewayErrors)) {
        // What is public is judged alike for all methods, and what is on demand for both inquiries.
        if (mistake.kind !== "field" && method.name !== score) continue;
        const right = exampleOf(method);
        const reply = await send(mistake.draft?.(right) ?? right, mistake.change);
        if (reply.subCode !== mistake.expected)
          differing.push(`${method.name}, ${mistake.key}: ${reply.subCode} in place of ${mistake.expected}`);
      }
    }
    expect(differing).toEqual([]);
  }, 120_000);
});

describe("the doctor's page", () => {
  const ask = async (request: string, more: object = {}) =>
    (await askAsOperator(kaimen.sandbox, "/api/sandbox/diagnoses", { request, ...more })).answer;

  it("tells of a request, however it was pasted, what was signed, what should have been, and where they differ", async () => {
    const draft = exampleOf(called(score), { charset: "gbk", fields: { product_code: "中", transaction_id: "D1" } });
    const key = kaimen.sandbox.app_private_key_pkcs8;
    const right = await buildCall(draft, key);
    // A client that sends a parameter which it has not signed.
    const spoilt = await buildCall(draft, key, {
      beforeSigning: (all) => Object.fromEntries(Object.entries(all).filter(([name]) => name !== "format")),
      afterSigning: (all) => ({ ...all, format: "JSON" }),
    });
    const url = `${kaimen.sandbox.gateway_url}?${spoilt.bodyText}`;
    const pasted = [
      spoilt.bodyText,
      url,
      `curl '${kaimen.sandbox.gateway_url}' -d '${spoilt.bodyText}'`,
      `POST /gateway.do HTTP/1.1\nHost: x\nContent-Type: ${spoilt.contentType}\n\n${spoilt.bodyText}`,
      `12:00:00 INFO sending ${url} to the gateway`,
    ];
    for (const text of pasted) {
      const found = await ask(text);
      expect(found).toMatchObject({ read: "request", verifies: false, findings: [{ name: "parameter_left_out" }] });
      expect([found["expected"], found["signed"]]).toEqual([right.stringToSign, spoilt.stringToSign]);
      // In bytes of GBK, of which the one Chinese character takes two.
      expect(found["differsAt"]).toBe((right.stringToSign.split("format=")[0] ?? "").length + 1);
    }
    expect(await ask(right.bodyText)).toMatchObject({ verifies: true, findings: [] });
    expect(await ask(spoilt.stringToSign)).toMatchObject({ read: "string", verifies: true });
  });

  it.each<[string, object, string]>([
    ["hello", {}, "refused"],
    ["app_id=nobody&sign=AAAA", {}, "refused"],
    ["app_id=nobody&sign=AAAA", { publicKey: "no key" }, "refused"],
    ["https://a.example/?app_id=1", {}, "refused"],
    ["", {}, "invalid-field"],
    ["x".repeat(65_537), {}, "invalid-request"],
  ])("refuses %.30j %j with %s", async (text, more, code) => {
    expect(await ask(text, more)).toMatchObject({ code });
  });
});

describe("the same call as a program", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kaimen-snippets-"));
    const { pkcs8 } = readKeyText(kaimen.sandbox.app_private_key_pkcs8);
    await writeFile(join(folder, keyFile), toPem(pemLabels.pkcs8, pkcs8 ?? new Uint8Array()));
    await writeFile(join(folder, "feedback.json"), records);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const commands: Readonly<Record<string, [string, ...string[]]>> = {
    curl: ["sh", "call.sh"],
    node: [process.execPath, "call.mjs"],
    java: ["java", "Call.java"],
    php: ["php", "call.php"],
    python: ["python3", "call.py"],
    go: ["go", "run", "call.go"],
  };
  // A language that is not installed is skipped and listed as such.
  it.for(Object.keys(commands))(
    "in %s is answered, with awkward values and with a file",
    { timeout: 120_000 },
    async (key, { skip }) => {
      const [command = "", ...rest] = commands[key] ?? [];
      const needed = key === "curl" ? "curl" : command;
      if (!(await isThere(needed))) skip(`${needed} is not installed`);
      const snippet = snippets.find((each) => each.key === key);
      const plain = exampleOf(called("zhima.merchant.single.data.upload"), {});
      const data = `{"user_name":"O'Brien \\"张\\" \\\\ $HOME &=+%","user_credentials_type":"0","user_credentials_no":"990000199003070013","order_no":"${key}","biz_type":"1","order_status":"04","create_amt":"1.00","pay_month":"2026-10","gmt_ovd_date":"","overdue_cnt":"0"}`;
      const drafts = [
        { ...plain, fields: { ...plain.fields, data } },
        exampleOf(called("zhima.data.batch.feedback"), {}),
      ];
      for (const draft of drafts) {
        const { timestamp: _, ...parameters } = await parametersOf(draft);
        const text = snippet?.make({
          gateway: kaimen.sandbox.gateway_url,
          parameters,
          files: draft.files,
          signType: "RSA2",
        });
        await writeFile(join(folder, snippet?.fileName ?? ""), text ?? "");
        const { stdout } = await run(command, rest, { cwd: folder, timeout: 60_000 });
        expect(stdout).toContain('"code":"10000"');
      }
    },
  );
});

async function isThere(command: string): Promise<boolean> {
  return run("sh", ["-c", `command -v ${command}`]).then(
    () => true,
    () => false,
  );
}

describe("the collection for Postman and Apifox", () => {
  it("signs each of its requests, so that the gateway takes their signatures", async () => {
    const script = await readFile(new URL("../../web/wire/signing-script.js", import.meta.url), "utf8");
    const { sandbox } = kaimen;
    const collection = collectionOf(
      methods,
      {
        gateway: sandbox.gateway_url,
        appId: sandbox.app_id,
        privateKey: sandbox.app_private_key_pkcs8,
        authToken: sandbox.users[0]?.access_token ?? "",
      },
      script,
    );
    for (const { name, request } of collection.item) {
      const variables = new Map(collection.variable.map(({ key, value }) => [key, value]));
      const replaceIn = (text: string): string =>
        text.replaceAll(/\{\{(\w+)\}\}/g, (_, each: string) => variables.get(each) ?? "");
      const { body } = request as { body: { mode: string; urlencoded?: Pair[]; formdata?: Pair[] } };
      const pairs = body.urlencoded ?? body.formdata ?? [];
      const pm = {
        variables: {
          set: (key: string, value: string) => variables.set(key, value),
          get: (key: string) => variables.get(key),
          replaceIn,
        },
        request: { body: { ...body, [body.mode]: { each: (take: (pair: Pair) => void) => pairs.forEach(take) } } },
      };
      vm.runInNewContext(collection.event[0]?.script.exec.join("\n") ?? "", { pm, atob, btoa, BigInt });
      const form = body.mode === "formdata" ? new FormData() : new URLSearchParams();
      for (const { key, value, type } of pairs)
        if (type === "file") (form as FormData).append(key, new Blob([records]), "feedback.json");
        else form.append(key, replaceIn(value));
      const text = await (await fetch(replaceIn(request.url), { method: "POST", body: form })).text();
      expect(text, name).not.toContain("isv.invalid-signature");
      if (name.endsWith(score) || name.endsWith("batch.feedback")) expect(text).toContain('"code":"10000"');
    }
  });
});

interface Pair {
  readonly key: string;
  readonly value: string;
  readonly type: string;
}
