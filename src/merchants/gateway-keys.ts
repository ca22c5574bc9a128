import type { KeyObject } from "node:crypto";
import { type Clock, instantToText } from "../clock.ts";
import { exportKey, parsePrivateKey } from "../keys/formats.ts";
import { generateRsaKeys } from "../keys/rsa.ts";
import type { Vault } from "../keys/vault.ts";
import type { Store } from "../store/store.ts";

/** The platform's signing keys, opened once. `current` signs for new apps and for callers that name no known app. */
export interface GatewayKeys {
  readonly current: GatewayKey;
  /** Throws for an id that an app cannot have. */
  byId(gatewayKeyId: string): GatewayKey;
}

export interface GatewayKey {
  readonly gatewayKeyId: string;
  readonly privateKey: KeyObject;
  /** Base64 SPKI: the `alipay public key` of an SDK's configuration. */
  readonly publicKey: string;
}

const firstKeyId = "1";

export async function openGatewayKeys(store: Store, vault: Vault, clock: Clock): Promise<GatewayKeys> {
  let keys = await readKeys(store, vault);
  if (keys.length === 0) {
    const { privateKey, publicKey } = await generateRsaKeys();
    await store.query(
      `insert into gateway_key (gateway_key_id, private_key_sealed, public_key, created_at)
       values ($1, $2, $3, $4) on conflict (gateway_key_id) do nothing`,
      [
        firstKeyId,
        vault.seal(exportKey(privateKey, "pkcs8"), sealContext(firstKeyId)),
        exportKey(publicKey, "spki"),
        instantToText(clock.now()),
      ],
    );
    keys = await readKeys(store, vault);
  }
  const current = keys.at(-1);
  if (current === undefined) throw new Error("no gateway key");
  const byId = new Map(keys.map((key) => [key.gatewayKeyId, key]));
  return {
    current,
    byId(gatewayKeyId) {
      const key = byId.get(gatewayKeyId);
      if (key === undefined) throw new Error(`no gateway key ${gatewayKeyId}`);
      return key;
    },
  };
}

async function readKeys(store: Store, vault: Vault): Promise<GatewayKey[]> {
  const rows = await store.query<{ gateway_key_id: string; private_key_sealed: Uint8Array; public_key: string }>(
    "select gateway_key_id, private_key_sealed, public_key from gateway_key order by created_at",
  );
  return rows.map((row) => ({
    gatewayKeyId: row.gateway_key_id,
    privateKey: parsePrivateKey(vault.open(row.private_key_sealed, sealContext(row.gateway_key_id)).toString()),
    publicKey: row.public_key,
  }));
}

function sealContext(gatewayKeyId: string): string {
  return `gateway_key.private_key ${gatewayKeyId}`;
}
