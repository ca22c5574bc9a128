import { createPublicKey } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { type Diagnosis, diagnoseSignature } from "./diagnose-signature.ts";
import type { Examination, ExaminationReply, ExaminationRequest } from "./examination.ts";

/* The thread that examines signatures: a search through hundreds of strings has no place where others are answered. */

parentPort?.on("message", (request: ExaminationRequest) => {
  reply({ kind: "begun" });
  reply({ kind: "done", examination: examine(request) });
});

function examine({ otherApps, ...request }: ExaminationRequest): Examination {
  const diagnosis = diagnoseSignature({
    ...request,
    otherApps: otherApps.map(({ appId, publicKey }) => ({
      appId,
      publicKey: createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" }),
    })),
  });
  return { findings: diagnosis.findings, differsAt: diagnosis.differsAt, differsIn: parameterAt(diagnosis) };
}

function parameterAt({ expected, differsAt }: Diagnosis): string | undefined {
  if (differsAt === undefined) return undefined;
  const before = expected.slice(0, differsAt + 1);
  return /(?:^|&)([A-Za-z_][\w.]{0,63})(?:=[^&]*)?$/.exec(before)?.[1];
}

function reply(message: ExaminationReply): void {
  parentPort?.postMessage(message);
}
