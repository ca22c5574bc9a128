import { type KeyObject } from "node:crypto";
import { type Clock, type Instant, instantToText } from "../clock.ts";
import { createRootCertificate, type Issuer, issueCertificate, rootSerialNumber } from "../keys/certificates.ts";
import { exportKey, parsePrivateKey } from "../keys/formats.ts";
import { generateRsaKeys } from "../keys/rsa.ts";
import type { Vault } from "../keys/vault.ts";
import type { Store } from "../store/store.ts";

/** The platform's own authority: a root that clients are given, and an intermediate that signs what they meet. */
export interface CertificateAuthority {
  /** PEM; an SDK's `alipay root certificate`. */
  readonly rootCertificate: string;
  /** What a client in certificate mode sends as alipay_root_cert_sn. */
  readonly rootSn: string;
  /** PEM of a certificate for the key, then of the intermediate that signed it. */
  issue(subject: { commonName: string; organisationalUnit: string }, publicKey: KeyObject): Promise<string>;
}

const organisation = "Kaimen";
const rootDays = 7_300;
const intermediateDays = 5_475;
const leafDays = 1_825;

/** Opens the authority, which is made once. Of two processes that make it at once, one's stands. */
export async function openCertificateAuthority(
  store: Store,
  vault: Vault,
  clock: Clock,
): Promise<CertificateAuthority> {
  const existing = (await readAuthority(store, vault)) ?? (await createAuthority(store, vault, clock));
  const { root, intermediate } = existing;
  return {
    rootCertificate: root.certificate,
    rootSn: rootSerialNumber(root.certificate),
    async issue(subject, publicKey) {
      const certificate = await issueCertificate(intermediate, {
        subject: { ...subject, organisation },
        publicKey,
        authority: false,
        nowMs: millisecondsOf(clock.now()),
        days: leafDays,
      });
      return certificate + intermediate.certificate;
    },
  };
}

interface Authority {
  readonly root: Issuer;
  readonly intermediate: Issuer;
}

async function createAuthority(store: Store, vault: Vault, clock: Clock): Promise<Authority> {
  const now = clock.now();
  const nowMs = millisecondsOf(now);
  const organisationalUnit = "Certification Authority";
  const rootKey = (await generateRsaKeys()).privateKey;
  const root: Issuer = {
    privateKey: rootKey,
    certificate: await createRootCertificate(
      { commonName: "Kaimen Root R1", organisationalUnit, organisation },
      rootKey,
      { nowMs, days: rootDays },
    ),
  };
  const intermediateKeys = await generateRsaKeys();
  const certificate = await issueCertificate(root, {
    subject: { commonName: "Kaimen Class 1 R1", organisationalUnit, organisation },
    publicKey: intermediateKeys.publicKey,
    authority: true,
    nowMs,
    days: intermediateDays,
  });
  const intermediate: Issuer = { privateKey: intermediateKeys.privateKey, certificate };
  await store.transaction(async (transaction) => {
    for (const [name, issuer] of Object.entries({ root, intermediate })) {
      await transaction.query(
        `insert into certificate_authority (name, certificate, private_key_sealed, created_at)
         values ($1, $2, $3, $4) on conflict (name) do nothing`,
        [
          name,
          issuer.certificate,
          vault.seal(exportKey(issuer.privateKey, "pkcs8"), sealContext(name)),
          instantToText(now),
        ],
      );
    }
  });
  const stored = await readAuthority(store, vault);
  if (stored === undefined) throw new Error("the certificate authority was made and is not there");
  return stored;
}

async function readAuthority(store: Store, vault: Vault): Promise<Authority | undefined> {
  const rows = await store.query<{ name: string; certificate: string; private_key_sealed: Uint8Array }>(
    "select name, certificate, private_key_sealed from certificate_authority",
  );
  const issuers = new Map<string, Issuer>();
  for (const { name, certificate, private_key_sealed: sealed } of rows) {
    issuers.set(name, { certificate, privateKey: parsePrivateKey(vault.open(sealed, sealContext(name)).toString()) });
  }
  const [root, intermediate] = [issuers.get("root"), issuers.get("intermediate")];
  return root === undefined || intermediate === undefined ? undefined : { root, intermediate };
}

function sealContext(name: string): string {
  return `certificate_authority.private_key ${name}`;
}

function millisecondsOf(instant: Instant): number {
  return Math.floor(instant / 1_000);
}
