import "reflect-metadata";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ReadCertificate,
} from "@peculiar/x509";
import { describe, expect, test } from "vitest";
import {
  createRootCertificate,
  createSigningRequest,
  issueCertificate,
  readSigningRequest,
} from "#kaimen/keys/certificates.ts";

const subject = { commonName: "2021000000000001", organisationalUnit: "App", organisation: "Kaimen" };
const keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const request = await createSigningRequest(subject, keys.privateKey);
const toPem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----\n`;
const der = Buffer.from(request.replaceAll(/-----[A-Z ]+-----|\s/g, ""), "base64");

describe("a signing request", () => {
  test("gives the key that it is for", async () => {
    expect((await readSigningRequest(request)).equals(keys.publicKey)).toBe(true);
  });

  test.each([
    ["in its signature", der.length - 1],
    ["in its subject", der.indexOf("2021000000000001")],
  ])("changed %s is refused: nobody has proved to hold the key", async (_, at) => {
    const changed = Buffer.from(der);
    changed[at] = (changed[at] ?? 0) ^ 1;
    await expect(readSigningRequest(toPem(changed))).rejects.toThrow("own signature does not verify");
  });

  test("for a key of 1,024 bits is refused", async () => {
    const short = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    await expect(readSigningRequest(await createSigningRequest(subject, short.privateKey))).rejects.toThrow("2,048");
  });
});

describe("a certificate that is issued", () => {
  const term = { nowMs: Date.UTC(2026, 0, 1), days: 30 };
  const root = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const issue = async (authority: boolean): Promise<X509Certificate> => {
    const issuer = {
      certificate: await createRootCertificate({ ...subject, commonName: "Root" }, root.privateKey, term),
      privateKey: root.privateKey,
    };
    return new X509Certificate(
      await issueCertificate(issuer, { ...term, subject, publicKey: keys.publicKey, authority }),
    );
  };

  test("for an app may sign no others; one for an authority may", async () => {
    expect((await issue(false)).ca).toBe(false);
    expect((await issue(true)).ca).toBe(true);
  });

  test("says so twice: in its constraints and in what its key is for", async () => {
    const said = (certificate: X509Certificate) => {
      const read = new ReadCertificate(certificate.toString());
      return [read.getExtension(BasicConstraintsExtension)?.ca, read.getExtension(KeyUsagesExtension)?.usages];
    };
    expect(said(await issue(false))).toEqual([false, KeyUsageFlags.digitalSignature]);
    expect(said(await issue(true))).toEqual([true, KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign]);
  });

  test("is for that key, by that issuer, from a day before to so many days after", async () => {
    const certificate = await issue(false);
    expect(certificate.publicKey.equals(keys.publicKey)).toBe(true);
    expect(certificate.verify(root.publicKey)).toBe(true);
    expect(certificate.verify(keys.publicKey)).toBe(false);
    expect([Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]).toEqual([
      term.nowMs - 86_400_000,
      term.nowMs + 30 * 86_400_000,
    ]);
  });
});
