import { createPublicKey } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { type Diagnosis, diagnoseSignature, type RefusedRequest } from "./diagnose-signature.ts";
import type { DiagnosisReply, DiagnosisRequest, DiagnosisSummary } from "./diagnosis-protocol.ts";

/* The thread that finds out why signatures do not verify: a search through hundreds of strings has no place where others are answered. */

parentPort?.on("message", (request: DiagnosisRequest) => {
  reply({ kind: "begun" });
  reply({ kind: "done", summary: summarise(diagnoseSignature(parsed(request)), request) });
});

function parsed({ otherApps, ...request }: DiagnosisRequest): RefusedRequest {
  return {
    ...request,
    otherApps: otherApps.map(({ appId, publicKey }) => ({
      appId,
      publicKey: createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" }),
    })),
  };
}

function summarise(diagnosis: Diagnosis, { wantsStrings }: DiagnosisRequest): DiagnosisSummary {
  const { findings, differsAt, expected, signed } = diagnosis;
  return {
    findings,
    differsAt,
    differsIn: parameterAt(diagnosis),
    ...(wantsStrings === true ? { strings: { expected, signed } } : {}),
  };
}

function parameterAt({ expected, differsAt }: Diagnosis): string | undefined {
  if (differsAt === undefined) return undefined;
  const before = expected.slice(0, differsAt + 1);
  return /(?:^|&)([A-Za-z_][\w.]{0,63})(?:=[^&]*)?$/.exec(before)?.[1];
}

function reply(message: DiagnosisReply): void {
  parentPort?.postMessage(message);
}
