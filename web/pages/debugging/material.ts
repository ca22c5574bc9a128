import { useQuery } from "@tanstack/react-query";
import { ask, type ReplyOf } from "../../api/client.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { isSandbox } from "../../shell/environment-badge.tsx";
import { readCertificates, rootSnOf } from "../../../src/sdk/keys/certificate.ts";

export type Material = ReplyOf<"GET /api/sandbox/material">;

/** What one calls with: a sandbox's, or one's own, which never leaves the page. */
export interface CallKeys {
  readonly appId: string;
  readonly privateKey: string;
  readonly alipayPublicKey: string;
  readonly encryptKey: string;
  readonly appCert: string;
  readonly rootCert: string;
}

export const noKeys: CallKeys = {
  appId: "",
  privateKey: "",
  alipayPublicKey: "",
  encryptKey: "",
  appCert: "",
  rootCert: "",
};

/** The sandbox's app and people; undefined in production, and for whom they are not. Read once: each read is on the trail. */
export function useMaterial(session: Session) {
  return useQuery({
    queryKey: ["GET /api/sandbox/material"],
    queryFn: ({ signal }) => ask("GET /api/sandbox/material", {}, signal),
    enabled: isSandbox && mayCall(session, { operators: "sandbox:write" }),
    staleTime: Infinity,
    refetchOnWindowFocus: false,
  });
}

export function keysOf(material: Material): CallKeys {
  return {
    appId: material.appId,
    privateKey: material.appPrivateKeyPkcs8,
    alipayPublicKey: material.alipayPublicKey,
    encryptKey: material.encryptKey,
    appCert: material.appCert,
    rootCert: material.alipayRootCert,
  };
}

/** The numbers that certificate mode sends. @throws DerError */
export function certificateNumbers({ appCert, rootCert }: Pick<CallKeys, "appCert" | "rootCert">) {
  return { appCertSn: readCertificates(appCert)[0]?.sn ?? "", rootCertSn: rootSnOf(readCertificates(rootCert)) };
}

let ids = 0;

/** One that nobody has used. */
export function newTransactionId(): string {
  ids += 1;
  return `DEBUG${Date.now()}${String(ids).padStart(3, "0")}`;
}

/** What to put into a field at first: something that works here, before the documented example. */
export function suggestion(name: string, example: string, material: Material | undefined): string {
  if (name === "transaction_id") return newTransactionId();
  if (material === undefined) return example;
  if (name === "merchant_id" || name === "linked_merchant_id") return material.merchantId;
  if (name === "alipay_cert_sn") return readCertificates(material.alipayCert)[0]?.sn ?? example;
  if (name === "identity_type") return "5";
  if (name === "identity_param") return JSON.stringify({ userId: material.people[0]?.userId ?? "" });
  return example;
}
