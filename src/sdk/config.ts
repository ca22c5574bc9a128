import { type SignType, signTypes } from "../protocol/signing.ts";
import { ConfigurationError } from "./call-error.ts";
import { type Charset, charsets } from "./charset.ts";
import { type Cipher, cipherOf } from "./keys/aes.ts";
import { readCertificate, rootSerialNumber } from "./keys/certificate.ts";
import { readPrivateKey, readPublicKey, sameModulus } from "./keys/key-format.ts";
import { type Signer, signerOf, type Verifier, verifierOf } from "./keys/rsa.ts";

export interface ClientConfig {
  /** The gateway's address, such as https://openapi.alipay.com/gateway.do. */
  readonly gateway: string;
  readonly appId: string;
  /** The app's private key: PEM or its base64 body, as PKCS#8 or PKCS#1. */
  readonly privateKey: string;
  /** Key mode: the platform's public key (not the app's own), as PEM or base64. */
  readonly alipayPublicKey?: string;
  /** Certificate mode, instead of alipayPublicKey: three certificates as PEM. */
  readonly certificates?: Certificates;
  /** AES: the key in base64. Calls whose fields travel in biz_content are then encrypted, unless one says `encrypt: false`. */
  readonly encryptKey?: string;
  /** Of request and reply; `utf-8` unless given. */
  readonly charset?: Charset;
  /** `RSA2` (SHA-256) unless given; `RSA` is SHA-1. */
  readonly signType?: SignType;
  /** For each attempt, in milliseconds, 1 to 600,000; 15,000 unless given. */
  readonly timeoutMs?: number;
  /** How often a call is sent again that the protocol makes safe to repeat, 0 to 10; 2 unless given. */
  readonly retries?: number;
  /** The page on which users authorise; otherwise what belongs to the gateway's address. */
  readonly authorizeUrl?: string;
  /** What sends requests, in the place of the platform's fetch: an agent, a proxy, a test. */
  readonly fetch?: (address: string, init: RequestInit) => Promise<Response>;
}

export interface Certificates {
  /** The app's own certificate: appCertPublicKey_….crt. */
  readonly appCert: string;
  /** The platform's: alipayCertPublicKey_RSA2.crt. */
  readonly alipayCert: string;
  /** The platform's roots: alipayRootCert.crt. */
  readonly alipayRootCert: string;
}

/** What a call needs, once the configuration has been read. */
export interface Credentials {
  readonly sign: Signer;
  readonly verify: Verifier;
  readonly cipher?: Cipher;
  readonly certificates?: {
    readonly appCertSn: string;
    readonly alipayRootCertSn: string;
    readonly alipayCertSn: string;
  };
}

export interface Settings {
  readonly gateway: URL;
  readonly appId: string;
  readonly charset: Charset;
  readonly signType: SignType;
  readonly timeoutMs: number;
  readonly retries: number;
}

/** @throws ConfigurationError that says what to give instead. */
export function readSettings(config: ClientConfig): Settings {
  if (typeof config.appId !== "string" || config.appId === "") throw new ConfigurationError("appId is missing");
  return {
    gateway: gatewayAddress(config.gateway),
    appId: config.appId,
    charset: oneOf("charset", charsets, config.charset ?? "utf-8"),
    signType: oneOf("signType", signTypes, config.signType ?? "RSA2"),
    timeoutMs: within("timeoutMs", config.timeoutMs ?? 15_000, 1, 600_000),
    retries: within("retries", config.retries ?? 2, 0, 10),
  };
}

/** @throws ConfigurationError that says which key is none, and what it is instead. */
export async function readCredentials(config: ClientConfig, signType: SignType): Promise<Credentials> {
  const privateKey = readPrivateKey(config.privateKey, "privateKey");
  const cipher = config.encryptKey === undefined ? {} : { cipher: await cipherOf(config.encryptKey) };
  const sign = await signerOf(privateKey.pkcs8, signType);
  if (config.certificates !== undefined) {
    const { appCert, alipayCert, alipayRootCert } = config.certificates;
    const own = readCertificate(appCert, "certificates.appCert");
    const platform = readCertificate(alipayCert, "certificates.alipayCert");
    return {
      sign,
      verify: await verifierOf(platform.spki, signType),
      ...cipher,
      certificates: {
        appCertSn: own.sn,
        alipayRootCertSn: rootSerialNumber(alipayRootCert, "certificates.alipayRootCert"),
        alipayCertSn: platform.sn,
      },
    };
  }
  if (config.alipayPublicKey === undefined) {
    throw new ConfigurationError("give alipayPublicKey, or certificates: no reply is taken that cannot be verified");
  }
  const publicKey = readPublicKey(config.alipayPublicKey, "alipayPublicKey");
  if (sameModulus(publicKey.modulus, privateKey.modulus)) {
    throw new ConfigurationError(
      "alipayPublicKey is your application's own public key: give the platform's, which the platform shows beside it",
    );
  }
  return { sign, verify: await verifierOf(publicKey.spki, signType), ...cipher };
}

function gatewayAddress(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol)) {
    throw new ConfigurationError("gateway is no address: give one such as https://openapi.alipay.com/gateway.do");
  }
  if (address.username !== "" || address.password !== "") {
    throw new ConfigurationError(
      "gateway has a user or a password in it: the gateway knows callers by their signature",
    );
  }
  return address;
}

function oneOf<T extends string>(option: string, choices: readonly T[], given: string): T {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) throw new ConfigurationError(`${option} is one of ${choices.join(", ")}`);
  return found;
}

export function within(option: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ConfigurationError(`${option} is a whole number from ${least} to ${most}`);
  }
  return value;
}
