import { afterEach, expect, test } from "vitest";
import { openSignatureDoctor, type SignatureDoctor } from "#kaimen/gateway/signature-doctor/doctor.ts";
import type { DiagnosisRequest } from "#kaimen/gateway/signature-doctor/diagnosis-protocol.ts";
import { generateRsaKeys } from "#kaimen/keys/rsa.ts";
import { asByteText } from "#kaimen/protocol/byte-text.ts";

const { publicKey } = await generateRsaKeys();
const opened: SignatureDoctor[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
});

const request = (sign: string): DiagnosisRequest => ({
  parameters: [{ name: asByteText("a"), value: asByteText("1") }],
  files: [],
  sign,
  signType: "RSA2",
  appKeys: [publicKey],
  gatewayKeys: [],
  otherApps: [{ appId: "2", publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64") }],
});

/** A thread that does as its request says: never ends, ends itself, or answers with the number of requests it has had. */
const odd = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort } from "node:worker_threads";
  let had = 0;
  parentPort.on("message", ({ sign }) => {
    had += 1;
    parentPort.postMessage({ kind: "begun" });
    if (sign === "endless") for (;;);
    if (sign === "fatal") process.exit(1);
    parentPort.postMessage({ kind: "done", summary: { findings: [], differsAt: had, differsIn: undefined } });
  });
`)}`,
);

function open(options?: Parameters<typeof openSignatureDoctor>[0]): SignatureDoctor {
  const doctor = openSignatureDoctor(options);
  opened.push(doctor);
  return doctor;
}

test("a diagnosis by the real thread says what is wrong", async () => {
  expect(await open({ diagnosisMs: 10_000 }).diagnose(request("x"))).toMatchObject({
    findings: [{ name: "key_unknown" }],
    differsAt: undefined,
  });
});

test("a diagnosis that takes too long ends its thread, and the next has a new one", async () => {
  const doctor = open({ worker: odd, diagnosisMs: 50 });
  const endless = doctor.diagnose(request("endless"));
  const next = doctor.diagnose(request("brief"));
  expect(await endless).toBe("too_long");
  expect(await next).toMatchObject({ differsAt: 1 });
});

test("a thread that ends by itself is replaced", async () => {
  const doctor = open({ worker: odd, diagnosisMs: 10_000 });
  expect(await doctor.diagnose(request("fatal"))).toBe("too_long");
  expect(await doctor.diagnose(request("brief"))).toMatchObject({ differsAt: 1 });
  expect(await doctor.diagnose(request("brief"))).toMatchObject({ differsAt: 2 });
});

test("past four that wait, no more are diagnosed", async () => {
  const doctor = open({ worker: odd, diagnosisMs: 10_000 });
  const asked = Array.from({ length: 20 }, () => doctor.diagnose(request("brief")));
  const outcomes = await Promise.all(asked);
  expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(15);
  expect(outcomes.filter((outcome) => typeof outcome === "object")).toHaveLength(5);
});

test("the server's stop ends an endless diagnosis, and what waits gets none", async () => {
  const doctor = open({ worker: odd, diagnosisMs: 600_000 });
  const asked = [doctor.diagnose(request("endless")), doctor.diagnose(request("brief"))];
  await doctor.close();
  expect(await Promise.all(asked)).toEqual([undefined, undefined]);
  expect(await doctor.diagnose(request("brief"))).toBeUndefined();
});
