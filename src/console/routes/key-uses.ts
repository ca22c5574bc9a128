import { Type } from "typebox";
import { listApps, type ListedApp } from "../../merchants/app-list.ts";
import { keyIdOfSpki } from "../../request-log/key-use.ts";
import { type KeyUse, readKeyUses } from "../../request-log/tallies.ts";
import * as field from "../fields.ts";
import { defineRoute, merchantsAnd } from "../route.ts";
import { merchantAskedAbout } from "../caller.ts";

const key = Type.Union([
  field.object({
    keyId: Type.String({ description: "the first 16 hexadecimal digits of the SHA-256 of its SPKI" }),
    lastUsedAt: field.optionalInstant,
  }),
  Type.Null(),
]);

export const listKeyUsesRoute = defineRoute(
  {
    method: "GET",
    path: "/api/key-uses",
    title: { en: "When the keys of a merchant's apps were last used", zh: "密钥最近使用时间" },
    doc: "An app that changes keys has a next one, too; while its current one was used later than that, it still signs with the old key.",
    who: merchantsAnd("keys:read"),
    query: field.object({ merchantId: Type.Optional(field.merchantId), ...field.paging }),
    reply: field.object({
      apps: Type.Array(
        field.object({
          appId: field.appId,
          name: Type.String(),
          current: key,
          next: key,
          stillUsesOldKey: Type.Boolean({
            description: "keys are being changed, and the last call was signed by the old one",
          }),
        }),
      ),
      next: field.next,
    }),
  },
  async ({ query: { after, limit = field.usualPage, merchantId }, caller }, { requestLog, store }) => {
    const askedAbout = merchantAskedAbout(caller, merchantId);
    await requestLog.flush();
    const found = await listApps(store, { merchantId: askedAbout, after, limit: limit + 1 });
    const { rows, ...rest } = field.pageOf(found, limit, ({ appId }) => appId);
    const uses = await readKeyUses(
      store,
      rows.map(({ appId }) => appId),
    );
    return { apps: rows.map((app) => describe(app, uses)), ...rest };
  },
);

function describe({ appId, name, publicKey, nextPublicKey }: ListedApp, uses: readonly KeyUse[]) {
  const useOf = (spki: string | null) => {
    if (spki === null) return undefined;
    const keyId = keyIdOfSpki(Buffer.from(spki, "base64"));
    return { keyId, lastUsedAt: uses.find((each) => each.appId === appId && each.keyId === keyId)?.lastUsedAt };
  };
  const told = (use: ReturnType<typeof useOf>) =>
    use === undefined ? null : { keyId: use.keyId, lastUsedAt: field.orNull(use.lastUsedAt) };
  const [current, next] = [useOf(publicKey), useOf(nextPublicKey)];
  return {
    appId,
    name,
    current: told(current),
    next: told(next),
    stillUsesOldKey: next !== undefined && (current?.lastUsedAt ?? 0) > (next.lastUsedAt ?? 0),
  };
}
