import { createPublicKey, type KeyObject } from "node:crypto";
import { type Clock, type Instant, instantToText } from "../clock.ts";
import { parseCertificate } from "../keys/certificates.ts";
import { exportKey, parsePrivateKey } from "../keys/formats.ts";
import { generateRsaKeys } from "../keys/rsa.ts";
import type { Vault } from "../keys/vault.ts";
import { failedWith, foreignKeyViolation } from "../store/sql-state.ts";
import type { Store } from "../store/store.ts";
import type { CertificateAuthority } from "./certificate-authority.ts";

/**
 * The platform's signing keys. `current` signs for new apps and for callers that name no known app. After a rotation
 * every app goes on with the key it was given, until it is moved to the new one: both sign for as long as that takes.
 */
export interface GatewayKeys {
  readonly current: GatewayKey;
  readonly authority: CertificateAuthority;
  readonly publicKeys: readonly KeyObject[];
  has(gatewayKeyId: string): boolean;
  /** Throws for an id that an app cannot have. */
  byId(gatewayKeyId: string): GatewayKey;
  /** The key whose certificate has this SN. */
  byCertificateSn(sn: string): GatewayKey | undefined;
  /** Makes a new key the current one. */
  rotate(): Promise<GatewayKey>;
  /** Removes a key that is not the current one and that no app has; replies that it signed still verify. */
  remove(gatewayKeyId: string): Promise<"removed" | "current" | "used" | "unknown">;
  /** Looks again: another process may have rotated. */
  reload(): Promise<void>;
}

export interface GatewayKey {
  readonly gatewayKeyId: string;
  readonly privateKey: KeyObject;
  /** Base64 SPKI: the `alipay public key` of an SDK's configuration. */
  readonly publicKey: string;
  /** PEM of the key's certificate, then of the one that signed it: an SDK's `alipay certificate`. */
  readonly certificate: string;
  /** What replies in certificate mode carry as alipay_cert_sn. */
  readonly certificateSn: string;
}

/** A key as operators see it: its private half is shown to nobody. */
export interface ListedGatewayKey extends Omit<GatewayKey, "privateKey"> {
  readonly createdAt: Instant;
  /** How many apps are answered by it. */
  readonly apps: number;
}

const firstKeyId = "1";

export async function openGatewayKeys(
  store: Store,
  vault: Vault,
  clock: Clock,
  authority: CertificateAuthority,
): Promise<GatewayKeys> {
  let keys: readonly GatewayKey[] = [];
  let byId = new Map<string, GatewayKey>();
  const read = async (): Promise<void> => {
    keys = await readKeys(store, vault, authority);
    byId = new Map(keys.map((key) => [key.gatewayKeyId, key]));
  };
  const current = (): GatewayKey => {
    const last = keys.at(-1);
    if (last === undefined) throw new Error("no gateway key");
    return last;
  };
  await read();
  if (keys.length === 0) {
    await addKey(store, vault, clock, firstKeyId);
    await read();
  }
  return {
    authority,
    get current() {
      return current();
    },
    byId(gatewayKeyId) {
      const key = byId.get(gatewayKeyId);
      if (key === undefined) throw new Error(`no gateway key ${gatewayKeyId}`);
      return key;
    },
    get publicKeys() {
      return keys.map(({ privateKey }) => createPublicKey(privateKey));
    },
    has: (gatewayKeyId) => byId.has(gatewayKeyId),
    byCertificateSn: (sn) => keys.find(({ certificateSn }) => certificateSn === sn),
    async rotate() {
      await addKey(store, vault, clock, String(Math.max(...keys.map(({ gatewayKeyId }) => Number(gatewayKeyId))) + 1));
      await read();
      return current();
    },
    async remove(gatewayKeyId) {
      await read();
      if (!byId.has(gatewayKeyId)) return "unknown";
      if (gatewayKeyId === current().gatewayKeyId) return "current";
      try {
        await store.query("delete from gateway_key where gateway_key_id = $1", [gatewayKeyId]);
      } catch (error) {
        if (failedWith(error, foreignKeyViolation)) return "used";
        throw error;
      }
      await read();
      return "removed";
    },
    reload: read,
  };
}

async function addKey(store: Store, vault: Vault, clock: Clock, gatewayKeyId: string): Promise<void> {
  const { privateKey, publicKey } = await generateRsaKeys();
  await store.query(
    `insert into gateway_key (gateway_key_id, private_key_sealed, public_key, created_at)
     values ($1, $2, $3, $4) on conflict (gateway_key_id) do nothing`,
    [
      gatewayKeyId,
      vault.seal(exportKey(privateKey, "pkcs8"), sealContext(gatewayKeyId)),
      exportKey(publicKey, "spki"),
      instantToText(clock.now()),
    ],
  );
}

/** In the order in which they were made. */
export async function listGatewayKeys(store: Store, keys: GatewayKeys): Promise<ListedGatewayKey[]> {
  await keys.reload();
  const rows = await store.query<{ gateway_key_id: string; created_at: Instant; apps: number }>(
    `select gateway_key_id, created_at, (select count(*) from app where app.gateway_key_id = key.gateway_key_id) as apps
     from gateway_key key order by created_at, gateway_key_id`,
  );
  return rows
    .filter((row) => keys.has(row.gateway_key_id))
    .map(({ gateway_key_id: id, created_at: createdAt, apps }) => {
      const { gatewayKeyId, publicKey, certificate, certificateSn } = keys.byId(id);
      return { gatewayKeyId, publicKey, certificate, certificateSn, createdAt, apps };
    });
}

interface KeyRow {
  gateway_key_id: string;
  private_key_sealed: Uint8Array;
  public_key: string;
  certificate: string | null;
}

async function readKeys(store: Store, vault: Vault, authority: CertificateAuthority): Promise<GatewayKey[]> {
  const rows = await store.query<KeyRow>(
    "select gateway_key_id, private_key_sealed, public_key, certificate from gateway_key order by created_at, gateway_key_id",
  );
  return Promise.all(
    rows.map(async (row) => {
      const certificate = row.certificate ?? (await certify(store, authority, row.gateway_key_id, row.public_key));
      return {
        gatewayKeyId: row.gateway_key_id,
        privateKey: parsePrivateKey(vault.open(row.private_key_sealed, sealContext(row.gateway_key_id)).toString()),
        publicKey: row.public_key,
        certificate,
        certificateSn: parseCertificate(certificate).sn,
      };
    }),
  );
}

/** A key's certificate is issued once; whoever writes it first decides. */
async function certify(
  store: Store,
  authority: CertificateAuthority,
  gatewayKeyId: string,
  publicKey: string,
): Promise<string> {
  const subject = { commonName: `Kaimen Gateway ${gatewayKeyId}`, organisationalUnit: "Gateway" };
  const key = createPublicKey({ key: Buffer.from(publicKey, "base64"), format: "der", type: "spki" });
  const certificate = await authority.issue(subject, key);
  await store.query("update gateway_key set certificate = $2 where gateway_key_id = $1 and certificate is null", [
    gatewayKeyId,
    certificate,
  ]);
  const [row] = await store.query<{ certificate: string }>(
    "select certificate from gateway_key where gateway_key_id = $1",
    [gatewayKeyId],
  );
  if (row === undefined) throw new Error(`no gateway key ${gatewayKeyId}`);
  return row.certificate;
}

function sealContext(gatewayKeyId: string): string {
  return `gateway_key.private_key ${gatewayKeyId}`;
}
