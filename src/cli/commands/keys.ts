import { open } from "node:fs/promises";
import type { Command } from "commander";
import { createSigningRequest } from "../../keys/certificates.ts";
import { exportKey, parsePrivateKey } from "../../keys/formats.ts";
import { generateRsaKeys } from "../../keys/rsa.ts";
import { ask } from "../access/ask.ts";
import { readServer } from "../access/server.ts";
import { CommandError } from "../command-error.ts";
import { given } from "../given.ts";
import { readText, yesOrNoIfSaid } from "../option-values.ts";
import { jsonOption } from "../pages.ts";
import { printJson } from "../print.ts";
import { printTable } from "../table.ts";

interface KeyOptions {
  readonly id: string;
  readonly next?: string;
  readonly promote?: true;
  readonly certificate?: string;
  readonly certificateRequired?: string;
  readonly withoutKey?: true;
  readonly encryptKey?: string;
  readonly gatewayKey?: string;
  readonly reason?: string;
}

/** `app key`, `gateway-key rotate|list|remove`, `key create`, `certificate request|sign|root`. */
export function addKeyCommands(program: Command, app: Command): void {
  addAppKeyCommand(app);
  addGatewayKeyCommands(program);
  addKeyPairCommand(program);
  addCertificateCommands(program);
}

function addAppKeyCommand(app: Command): void {
  app
    .command("key")
    .description("change an app's keys, while the server runs: set the next one, call with it, then promote it")
    .requiredOption("--id <app_id>", "the app")
    .option("--next <file>", "the next public key: it verifies requests beside the current one")
    .option("--promote", "the next key becomes the current one; the old one verifies nothing any more")
    .option("--certificate <file>", "the app's certificate, for the current or the next key")
    .option("--certificate-required <yes|no>", "whether it calls in certificate mode only; no lets it use either")
    .option("--without-key", "take its keys and its certificate away")
    .option("--encrypt-key <base64>", "its AES key, or none to have no more of one")
    .option("--gateway-key <id>", "the gateway's key that signs the app's replies from now on")
    .option("--reason <text>", "why, for whoever has to approve it")
    .action(async (options: KeyOptions) => {
      const body = given({
        nextPublicKey: options.next === undefined ? undefined : await readText(options.next),
        promote: options.promote,
        certificate: options.certificate === undefined ? undefined : await readText(options.certificate),
        certificateRequired: yesOrNoIfSaid("--certificate-required", options.certificateRequired),
        withoutKey: options.withoutKey,
        encryptKey: options.encryptKey === "none" ? null : options.encryptKey,
        gatewayKeyId: options.gatewayKey,
        reason: options.reason,
      });
      printJson(await ask(await readServer(), "PUT /api/apps/:appId/key", { params: { appId: options.id }, body }));
    });
}

function addGatewayKeyCommands(program: Command): void {
  const gatewayKey = program.command("gateway-key").description("the gateway's own signing keys");
  gatewayKey
    .command("rotate")
    .description("make a new one, which new apps are given; others keep theirs until app key --gateway-key moves them")
    .action(async () => printJson(await ask(await readServer(), "POST /api/gateway-keys", {})));
  gatewayKey
    .command("list")
    .description("list them, with how many apps are answered by each")
    .option(...jsonOption)
    .action(async ({ json }: { json?: true }) => {
      const { gatewayKeys } = await ask(await readServer(), "GET /api/gateway-keys", {});
      if (json === true) return printJson({ gatewayKeys }, 2);
      printTable(
        ["id", "state", "apps", "made", "certificate's SN"],
        gatewayKeys.map((key) => [
          key.gatewayKeyId,
          key.isCurrent ? "current" : "",
          key.apps,
          key.createdAt,
          key.alipayCertSn,
        ]),
      );
    });
  gatewayKey
    .command("remove")
    .description("remove one that no app is answered by any more")
    .requiredOption("--id <id>", "the key")
    .action(async ({ id: gatewayKeyId }: { id: string }) => {
      await ask(await readServer(), "DELETE /api/gateway-keys/:gatewayKeyId", { params: { gatewayKeyId } });
      printJson({ gatewayKeyId, removed: true });
    });
}

function addKeyPairCommand(program: Command): void {
  program
    .command("key")
    .description("key pairs, made on this machine")
    .command("create")
    .description("make an RSA key pair of 2,048 bits: PREFIX.pkcs8.pem, PREFIX.pkcs1.pem and PREFIX.public.pem")
    .requiredOption("--out <prefix>", "where to write; existing files are not overwritten")
    .action(async ({ out }: { out: string }) => {
      const { privateKey, publicKey } = await generateRsaKeys();
      printJson({
        private_key_pkcs8: await writeNew(`${out}.pkcs8.pem`, privateKey.export({ format: "pem", type: "pkcs8" })),
        private_key_pkcs1: await writeNew(`${out}.pkcs1.pem`, privateKey.export({ format: "pem", type: "pkcs1" })),
        public_key: await writeNew(`${out}.public.pem`, publicKey.export({ format: "pem", type: "spki" })),
        public_key_base64: exportKey(publicKey, "spki"),
      });
    });
}

function addCertificateCommands(program: Command): void {
  const certificate = program.command("certificate").description("certificates of the installation's own authority");
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
    .option("--load", "give the app the certificate at once; its key has to be the app's current or next one")
    .action(async ({ request, id: appId, load }: { request: string; id: string; load?: true }) => {
      const server = await readServer();
      const signed = await ask(server, "POST /api/certificates", {
        body: { appId, signingRequest: await readText(request) },
      });
      if (load === true)
        await ask(server, "PUT /api/apps/:appId/key", { params: { appId }, body: { certificate: signed.appCert } });
      else
        process.stderr.write(
          `the app does not have this certificate yet: save it to a file, then kaimen app key --id ${appId} --certificate FILE; or sign with --load\n`,
        );
      printJson(signed);
    });
  certificate
    .command("root")
    .description("print the root certificate, which clients in certificate mode are given by hand")
    .action(async () => {
      process.stdout.write((await ask(await readServer(), "GET /api/gateway-keys", {})).alipayRootCert);
    });
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
