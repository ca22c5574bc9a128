import { open, readFile } from "node:fs/promises";
import type { Command } from "commander";
import { createSigningRequest } from "../../keys/certificates.ts";
import { exportKey, parsePrivateKey } from "../../keys/formats.ts";
import { generateRsaKeys } from "../../keys/rsa.ts";
import { CommandError } from "../command-error.ts";
import { askOperatorApi, readSandbox } from "../access/running-sandbox.ts";
import { readServer } from "../access/server.ts";

interface KeyOptions {
  readonly id: string;
  readonly next?: string;
  readonly promote?: true;
  readonly certificate?: string;
  readonly gatewayKey?: string;
}

/** `app key`, `gateway-key rotate`, `key create`, `certificate request|sign|root`. */
export function addKeyCommands(program: Command, app: Command): void {
  app
    .command("key")
    .description("change an app's keys, while the server runs: set the next one, call with it, then promote it")
    .requiredOption("--id <app_id>", "the app")
    .option("--next <file>", "the next public key: it verifies requests beside the current one")
    .option("--promote", "the next key becomes the current one; the old one verifies nothing any more")
    .option("--certificate <file>", "the app's certificate, for the current or the next key")
    .option("--gateway-key <id>", "the gateway's key that signs the app's replies from now on")
    .action(async (options: KeyOptions) => {
      const answer = await askOperatorApi<object>(await readServer(), "/api/apps/key", {
        app_id: options.id,
        next_public_key: options.next === undefined ? undefined : await readText(options.next),
        promote: options.promote === true ? "true" : undefined,
        certificate: options.certificate === undefined ? undefined : await readText(options.certificate),
        gateway_key_id: options.gatewayKey,
      });
      print(answer);
    });

  program
    .command("gateway-key")
    .description("the gateway's own signing keys")
    .command("rotate")
    .description("make a new one, which new apps are given; others keep theirs until app key --gateway-key moves them")
    .action(async () => print(await askOperatorApi<object>(await readServer(), "/api/gateway-keys", {})));

  program
    .command("key")
    .description("key pairs, made on this machine")
    .command("create")
    .description("make an RSA key pair of 2,048 bits: PREFIX.pkcs8.pem, PREFIX.pkcs1.pem and PREFIX.public.pem")
    .requiredOption("--out <prefix>", "where to write; existing files are not overwritten")
    .action(async ({ out }: { out: string }) => {
      const { privateKey, publicKey } = await generateRsaKeys();
      const files = {
        private_key_pkcs8: await writeNew(`${out}.pkcs8.pem`, privateKey.export({ format: "pem", type: "pkcs8" })),
        private_key_pkcs1: await writeNew(`${out}.pkcs1.pem`, privateKey.export({ format: "pem", type: "pkcs1" })),
        public_key: await writeNew(`${out}.public.pem`, publicKey.export({ format: "pem", type: "spki" })),
      };
      print({ ...files, public_key_base64: exportKey(publicKey, "spki") });
    });

  addCertificateCommands(program);
}

function addCertificateCommands(program: Command): void {
  const certificate = program.command("certificate").description("certificates of the sandbox's authority");
  certificate
    .command("request")
    .description("print a signing request (PKCS#10) for a private key, which stays on this machine")
    .requiredOption("--key <file>", "the private key")
    .requiredOption("--id <app_id>", "the app that it is for")
    .action(async ({ key, id }: { key: string; id: string }) => {
      const subject = { commonName: id, organisationalUnit: "App", organisation: "Kaimen" };
      process.stdout.write(await createSigningRequest(subject, parsePrivateKey(await readText(key))));
    });
  certificate
    .command("sign")
    .description("sign an app's request; prints JSON with app_cert, alipay_cert and alipay_root_cert")
    .requiredOption("--request <file>", "the signing request, PEM")
    .requiredOption("--id <app_id>", "the app that it is for")
    .action(async ({ request, id }: { request: string; id: string }) => {
      const answer = await askOperatorApi<object>(await readServer(), "/api/certificates", {
        app_id: id,
        signing_request: await readText(request),
      });
      print(answer);
    });
  certificate
    .command("root")
    .description("print the root certificate, which clients in certificate mode are given by hand")
    .action(async () => {
      process.stdout.write((await readSandbox()).alipay_root_cert);
    });
}

function print(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

async function writeNew(path: string, content: string | Buffer): Promise<string> {
  const file = await open(path, "wx", 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot write ${path}: ${error.code ?? error.message}`);
  });
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  return path;
}

function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`cannot read ${path}: ${error.code ?? error.message}`);
  });
}
