import { createPublicKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import {
  type Diagnosis,
  diagnoseSignature,
  usualBytesTried,
} from "../../gateway/signature-doctor/diagnose-signature.ts";
import {
  type PastedRequest,
  PastedRequestError,
  readPastedRequest,
} from "../../gateway/signature-doctor/pasted-request.ts";
import { parsePublicKey } from "../../keys/formats.ts";
import { asByteText, type ByteText } from "../../protocol/byte-text.ts";
import { addParameters, type RawParameter } from "../../protocol/parameters.ts";
import { type SignType, signTypes } from "../../protocol/signing.ts";
import type { SandboxFile } from "../../sandbox/sandbox-file.ts";
import { CommandError } from "../command-error.ts";
import { readSandbox } from "../access/running-sandbox.ts";

interface SignatureOptions {
  readonly publicKey?: string;
  readonly json?: true;
}

const inputLimit = 8_388_608;
/** Nobody else waits here. */
const bytesTried = 16 * usualBytesTried;
const shownBytes = 40;

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("find out what is wrong")
    .command("signature")
    .description("say why a request's signature does not verify; nothing leaves this machine")
    .argument("[file]", "the request: a URL, a curl command or raw HTTP, as text; standard input when left out")
    .option("--public-key <file>", "the app's public key; the sandbox's app's when left out")
    .option("--json", "print the findings and both strings as JSON")
    .action(async (file: string | undefined, options: SignatureOptions) => {
      const request = takeApart(await readInput(file));
      const parameters = new Map<string, ByteText>();
      for (const place of [request.query, request.body]) addParameters(parameters, place);
      const sign = parameters.get("sign") ?? "";
      if (sign === "") throw new CommandError("the request has no parameter sign");
      const signType = signTypes.find((each) => each === parameters.get("sign_type")) ?? "RSA2";
      const sandbox = await readSandbox().catch(() => undefined);
      const list: RawParameter[] = [...parameters].map(([name, value]) => ({ name: asByteText(name), value }));
      const diagnosis = diagnoseSignature(
        {
          parameters: list,
          files: request.files,
          sign,
          signType,
          appKeys: [parsePublicKey(await appKey(options, sandbox))],
          gatewayKeys: sandbox === undefined ? [] : [parsePublicKey(sandbox.alipay_public_key)],
          otherApps: otherApps(options, sandbox),
        },
        bytesTried,
      );
      process.stdout.write(
        options.json === true ? `${JSON.stringify(asJson(diagnosis))}\n` : describe(diagnosis, signType),
      );
      if (diagnosis.findings.length > 0) process.exitCode = 1;
    });
}

function takeApart(bytes: Buffer): PastedRequest {
  try {
    return readPastedRequest(bytes);
  } catch (error) {
    throw error instanceof PastedRequestError ? new CommandError(error.message) : error;
  }
}

async function readInput(file: string | undefined): Promise<Buffer> {
  if (file !== undefined && /^https?:/i.test(file)) return Buffer.from(file);
  const bytes =
    file === undefined
      ? await readStandardInput()
      : await readFile(file).catch((error: NodeJS.ErrnoException) => {
          throw new CommandError(`cannot read ${file}: ${error.code ?? error.message}`);
        });
  if (bytes.length > inputLimit) throw new CommandError(`a request of more than ${inputLimit} bytes`);
  return bytes;
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer); // Without an encoding a stream gives Buffers.
  return Buffer.concat(chunks);
}

async function appKey(options: SignatureOptions, sandbox: SandboxFile | undefined): Promise<string> {
  if (options.publicKey !== undefined) {
    return readFile(options.publicKey, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new CommandError(`cannot read ${options.publicKey ?? ""}: ${error.code ?? error.message}`);
    });
  }
  if (sandbox === undefined)
    throw new CommandError(
      "name the app's public key with --public-key FILE; there is no sandbox here to take it from",
    );
  return sandbox.app_public_key;
}

/** With another app's key given, a request signed with the sandbox app's key is worth telling. */
function otherApps(options: SignatureOptions, sandbox: SandboxFile | undefined) {
  if (options.publicKey === undefined || sandbox === undefined) return [];
  return [
    {
      appId: sandbox.app_id,
      publicKey: createPublicKey({ key: Buffer.from(sandbox.app_public_key, "base64"), format: "der", type: "spki" }),
    },
  ];
}

function fromUtf8(text: string): string {
  return Buffer.from(text, "latin1").toString();
}

function asJson({ findings, expected, signed, differsAt }: Diagnosis) {
  return {
    verifies: findings.length === 0,
    findings,
    expected: fromUtf8(expected),
    ...(signed === undefined ? {} : { signed: fromUtf8(signed) }),
    ...(differsAt === undefined ? {} : { differs_at: differsAt }),
  };
}

function describe({ findings, expected, signed, differsAt }: Diagnosis, signType: SignType): string {
  if (findings.length === 0) return `the signature verifies (${signType})\n`;
  const lines = findings.map(({ name, en, zh }) => `${name}: ${en}\n  ${zh}`);
  lines.push("", "expected to be signed:", fromUtf8(expected));
  if (signed !== undefined && differsAt !== undefined) {
    lines.push("", "was signed:", fromUtf8(signed), "", `the first difference is at byte ${differsAt}:`);
    for (const [label, text] of [
      ["expected", expected],
      ["signed", signed],
    ] as const) {
      lines.push(
        `  ${label.padEnd(9)}${JSON.stringify(fromUtf8(text.slice(Math.max(differsAt - 12, 0), differsAt + shownBytes)))}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}
