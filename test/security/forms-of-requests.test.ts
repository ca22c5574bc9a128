import { generateKeyPairSync, type KeyObject } from "node:crypto";
import iconv from "iconv-lite";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decryptAes } from "#kaimen/keys/aes.ts";
import { createRootCertificate, parseCertificate, rootSerialNumber } from "#kaimen/keys/certificates.ts";
import { exportKey, parsePrivateKey } from "#kaimen/keys/formats.ts";
import { authoriseAppInBrowser, newTransactionId, productCode } from "../support/integrator.ts";
import { officialSdk, type RunningKaimen } from "../support/kaimen.ts";
import { type KaimenOnPostgres, startKaimenOnPostgres } from "../support/kaimen-on-postgres.ts";
import { startPostgres } from "../support/postgres-cluster.ts";
import { exchange } from "../support/raw-http.ts";
import {
  type Manner,
  type MannerName,
  mannerNames,
  manners,
  type Pairs,
  pairsOf,
  type PlacementName,
  placementNames,
  placements,
  signPairs,
  writeRequest,
} from "../support/request-forms.ts";

/** What is refused is refused in every form of a request: a step that is left out for one form is a way around it. */
const cluster = await startPostgres();
const strangersApp = "2021000000000901";

describe.skipIf(cluster === undefined)("in every form of a request", () => {
  let started: KaimenOnPostgres;
  let kaimen: RunningKaimen;
  let database: Client;
  let port = 0;
  let ownKey: KeyObject;
  let appAuthToken = "";
  const strangersKey = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const nobodysKey = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;

  beforeAll(async () => {
    started = await startKaimenOnPostgres(cluster, { KAIMEN_DISABLED_METHODS: "alipay.open.auth.token.app.query" });
    ({ kaimen, database } = started);
    const { sandbox } = kaimen;
    port = Number(new URL(sandbox.gateway_url).port);
    ownKey = parsePrivateKey(sandbox.app_private_key_pkcs8);
    const code = await authoriseAppInBrowser(sandbox);
    const tokens = (await officialSdk(sandbox).exec("alipay.open.auth.token.app", {
      bizContent: { grant_type: "authorization_code", code },
    })) as unknown as Record<string, string>;
    appAuthToken = tokens["appAuthToken"] ?? "";
    await database.query("update app set sign_types = '{RSA2,RSA}' where app_id = $1", [sandbox.app_id]);
    for (const [appId, change] of Object.entries(appsOfTable)) await copyApp(appId, change);
    await copyApp(strangersApp, "acts_for_merchants = true");
    await database.query("update app set public_key = $2, certificate = null where app_id = $1", [
      strangersApp,
      exportKey(strangersKey.publicKey, "spki"),
    ]);
    await database.query(
      "insert into merchant (merchant_id, name, created_at, suspended_at) values ('2088000000000099', 'suspended', now(), now())",
    );
    await database.query("update app set merchant_id = '2088000000000099' where app_id = 'suspended'");
    for (const [token, change] of Object.entries(tokensOfTable)) await copyToken(token, change);
    await copyCertificates();
    await new Promise((resolve) => setTimeout(resolve, 2_100)); // An app is remembered for two seconds.
  });
  afterAll(() => started?.stop());

  const appsOfTable: Readonly<Record<string, string>> = {
    suspended: "name = 'suspended'",
    "one-method": "permitted_methods = '{alipay.system.oauth.token}'",
    "others-only": "self_invoke = false",
    "rsa2-only": "sign_types = '{RSA2}'",
    "rsa-only": "sign_types = '{RSA}'",
    "cert-only": "certificate_required = true",
    "cert-to-come": "certificate_required = true",
    "cert-gone": "certificate_required = true",
    "no-key": "public_key = null",
  };
  const tokensOfTable: Readonly<Record<string, string>> = {
    authzmaBexpired: "expires_at = now() - interval '1 second'",
    authzmaBended: "ended_at = now()",
    authzmaBstrangers: `app_id = '${strangersApp}'`,
    authbseBother: "scopes = '{auth_base}'",
    authzmaBrefresh: "kind = 'refresh'",
  };

  /** An app like the sandbox's, but for one thing. Its AES key is sealed for the sandbox's app, so it has none. */
  async function copyApp(appId: string, change: string): Promise<void> {
    await database.query(
      `insert into app (app_id, merchant_id, name, public_key, gateway_key_id, certificate, redirect_uris, template, feedback_policy, created_at, sign_types, acts_for_merchants)
       select $1, merchant_id, name, public_key, gateway_key_id, certificate, redirect_uris, template, feedback_policy, created_at, '{RSA2,RSA}', acts_for_merchants
       from app where app_id = $2`,
      [appId, kaimen.sandbox.app_id],
    );
    await database.query(`update app set ${change} where app_id = $1`, [appId]);
  }

  async function copyToken(token: string, change: string): Promise<void> {
    await database.query(
      `insert into token (bucket, token_hash, kind, app_id, user_id, person_bucket, person_id, authorisation_id, scopes, purpose, consent_expires_at, issued_at, expires_at)
       select get_byte(sha256($1::bytea), 0), sha256($1::bytea), 'access', app_id, user_id, person_bucket, person_id, authorisation_id, scopes, purpose, consent_expires_at, issued_at, expires_at
       from token where kind = 'access' and app_id = $2 limit 1`,
      [Buffer.from(token), kaimen.sandbox.app_id],
    );
    await database.query(`update token set ${change} where token_hash = sha256($1::bytea)`, [Buffer.from(token)]);
  }

  const dayMs = 86_400_000;
  const sns: Record<string, string> = {};
  async function copyCertificates(): Promise<void> {
    const terms = {
      "cert-to-come": { nowMs: Date.now() + 10 * dayMs, days: 10 },
      "cert-gone": { nowMs: Date.now() - 20 * dayMs, days: 10 },
    };
    for (const [appId, term] of Object.entries(terms)) {
      const certificate = await createRootCertificate(
        { commonName: appId, organisationalUnit: "b", organisation: "c" },
        ownKey,
        term,
      );
      await database.query("update app set certificate = $2 where app_id = $1", [appId, certificate]);
      sns[appId] = parseCertificate(certificate).sn;
    }
  }

  const call = (): Record<string, string> => ({
    app_id: kaimen.sandbox.app_id,
    method: "zhima.credit.score.get",
    charset: "utf-8",
    timestamp: "2026-11-22 12:00:00",
    version: "1.0",
    format: "json",
    auth_token: kaimen.sandbox.users[0]?.access_token ?? "",
    biz_content: JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode }),
  });

  const signed = (pairs: Pairs, manner: Manner, key = ownKey): Pairs => [
    ...pairs,
    ["sign", signPairs(pairs, key, manner.signType === "RSA" ? "RSA-SHA1" : "RSA-SHA256")],
  ];

  /** Gives the sub_code of the reply, or 10000. */
  async function send(
    placementName: PlacementName,
    pairs: Pairs,
    options: Parameters<typeof writeRequest>[3] = {},
  ): Promise<string> {
    const answer = await exchange(port, writeRequest(placements[placementName], port, pairs, options), true);
    expect(answer?.status, `${placementName}: ${answer?.body.toString()}`).toBe(200);
    const charset = /charset=([\w-]+)/.exec(answer?.contentType ?? "")?.[1] ?? "utf-8";
    const reply = JSON.parse(iconv.decode(answer?.body ?? Buffer.alloc(0), charset)) as Record<string, unknown>;
    const [first] = Object.values(reply);
    const encrypted = pairs.find(([name]) => name === "encrypt_type")?.[1] === "AES_V2" ? "AES_V2" : "AES";
    const node = typeof first === "string" ? opened(encrypted, first, charset) : (first as Record<string, string>);
    return node["sub_code"] ?? node["code"] ?? "";
  }

  function opened(encryptType: "AES" | "AES_V2", text: string, charset: string): Record<string, string> {
    const plain = decryptAes(encryptType, Buffer.from(kaimen.sandbox.encrypt_key, "base64"), text);
    return JSON.parse(iconv.decode(plain as Buffer, charset)) as Record<string, string>; // Undefined would not parse.
  }

  const honest = (manner: Manner, changes: Record<string, string> = {}): Pairs => {
    const given = Object.entries({ ...call(), ...changes }).filter(([, value]) => value !== "");
    return pairsOf(manner, { sandbox: kaimen.sandbox, appAuthToken }, Object.fromEntries(given));
  };
  const changed = (pairs: Pairs, name: string, change: (value: string) => string): Pairs =>
    pairs.map(([each, value]) => [each, each === name ? change(value) : value]);
  const without = (pairs: Pairs, name: string): Pairs => pairs.filter(([each]) => each !== name);
  const linesKept = async (): Promise<number> =>
    Number((await database.query("select count(*) as lines from inquiry")).rows[0].lines);

  /** Every placement, and each other manner in those that are read by another piece of code. */
  const usual: readonly PlacementName[] = [
    "a query",
    "a form, public parameters in its query",
    "a form at an absolute address",
    "parts without a file",
    "parts with a file after",
  ];
  const forms: readonly [PlacementName, MannerName][] = mannerNames.flatMap((manner) =>
    (manner === "in UTF-8" ? placementNames : usual).map((placement): [PlacementName, MannerName] => [
      placement,
      manner,
    ]),
  );

  it("an honest one is answered and leaves one line", async () => {
    const before = await linesKept();
    for (const [placement, manner] of forms) {
      expect(await send(placement, signed(honest(manners[manner]), manners[manner])), `${placement} ${manner}`).toBe(
        "10000",
      );
    }
    expect(await linesKept()).toBe(before + forms.length);
  });

  type Spoil = (pairs: Pairs, manner: Manner) => Pairs;
  const invalid = "isv.invalid-signature";
  const spoilings: readonly [what: string, spoil: Spoil, expected: string][] = [
    ["without a signature", (pairs) => pairs, "isv.missing-signature"],
    ["with an empty one", (pairs) => [...pairs, ["sign", ""]], "isv.missing-signature"],
    ["with one that is no base64", (pairs) => [...pairs, ["sign", "!!!"]], invalid],
    ["with zeros for one", (pairs) => [...pairs, ["sign", Buffer.alloc(256).toString("base64")]], invalid],
    [
      "with that of another request of its own",
      (pairs, manner) => [...pairs, ["sign", new Map(signed(honest(manner), manner)).get("sign") ?? ""]],
      invalid,
    ],
    ["signed by another app", (pairs, manner) => signed(pairs, manner, strangersKey.privateKey), invalid],
    ["signed by nobody known", (pairs, manner) => signed(pairs, manner, nobodysKey), invalid],
    [
      "signed with the other digest",
      (pairs, manner) => [
        ...pairs,
        ["sign", signPairs(pairs, ownKey, manner.signType === "RSA" ? "RSA-SHA256" : "RSA-SHA1")],
      ],
      invalid,
    ],
    [
      "sent in another app's name",
      (pairs, manner) => changed(signed(pairs, manner), "app_id", () => strangersApp),
      "isv.",
    ],
    [
      "with another person's token put in",
      (pairs, manner) =>
        changed(signed(pairs, manner), "auth_token", () => kaimen.sandbox.users[1]?.access_token ?? ""),
      invalid,
    ],
    ["with its token taken out", (pairs, manner) => without(signed(pairs, manner), "auth_token"), invalid],
    [
      "with another biz_content",
      (pairs, manner) => changed(signed(pairs, manner), "biz_content", (value) => `${value} `),
      invalid,
    ],
    ["with its biz_content taken out", (pairs, manner) => without(signed(pairs, manner), "biz_content"), invalid],
    [
      "for another method",
      (pairs, manner) => changed(signed(pairs, manner), "method", () => "zhima.data.feedbackurl.query"),
      invalid,
    ],
    [
      "with another timestamp",
      (pairs, manner) => changed(signed(pairs, manner), "timestamp", () => "2026-11-22 12:00:01"),
      invalid,
    ],
    ["in another charset", (pairs, manner) => changed(signed(pairs, manner), "charset", () => "gb18030"), invalid],
    ["with another format", (pairs, manner) => changed(signed(pairs, manner), "format", () => "JSON"), invalid],
    [
      "of another sign_type",
      (pairs, manner) => changed(signed(pairs, manner), "sign_type", (value) => (value === "RSA2" ? "RSA" : "RSA2")),
      invalid,
    ],
    ["with its sign_type emptied", (pairs, manner) => changed(signed(pairs, manner), "sign_type", () => ""), "isv."],
    [
      "with an app_auth_token put in",
      (pairs, manner) => [...without(signed(pairs, manner), "app_auth_token"), ["app_auth_token", "appB0"]],
      invalid,
    ],
    ["with a parameter nobody knows put in", (pairs, manner) => [...signed(pairs, manner), ["unknown", "1"]], invalid],
    [
      "with its biz_content twice",
      (pairs, manner) => [...signed(pairs, manner), ["biz_content", "{}"]],
      "isv.suspected-attack",
    ],
    ["with its sign twice", (pairs, manner) => [...signed(pairs, manner), ["sign", "AAAA"]], "isv.suspected-attack"],
    [
      "with its app_id twice",
      (pairs, manner) => [...signed(pairs, manner), ["app_id", strangersApp]],
      "isv.suspected-attack",
    ],
  ];

  it.each(spoilings)("one %s is refused, and leaves no line", async (_, spoil, expected) => {
    const before = await linesKept();
    for (const [placement, mannerName] of forms) {
      const manner: Manner = manners[mannerName];
      expect(await send(placement, spoil(honest(manner), manner)), `${placement} ${mannerName}`).toMatch(
        expected === "isv." ? /^isv\.(?:missing-|invalid-|app-cert-not-exist)/ : new RegExp(`^${expected}$`),
      );
    }
    expect(await linesKept()).toBe(before);
  });

  it("a value put beside the signed one, in the place that counts, is refused", async () => {
    for (const name of ["biz_content", "auth_token", "method"]) {
      const pairs = signed(honest(manners["in UTF-8"]), manners["in UTF-8"]);
      const target =
        writeRequest(placements["a form, all in its query"], port, pairs).toString("latin1").split(" ")[1] ?? "";
      const body = `${name}=${name === "method" ? "zhima.data.feedbackurl.query" : "x"}`;
      const part = `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${body.slice(name.length + 1)}\r\n--b--\r\n`;
      for (const [type, text] of [
        ["application/x-www-form-urlencoded", body],
        ["multipart/form-data; boundary=b", part],
      ] as const) {
        const wire = `POST ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
        expect((await exchange(port, Buffer.from(wire, "latin1"), true))?.body.toString(), `${name} ${type}`).toContain(
          invalid,
        );
      }
    }
  });

  const rootSn = () => rootSerialNumber(kaimen.sandbox.alipay_root_cert);
  const appSn = () => parseCertificate(kaimen.sandbox.app_cert).sn;
  /** Each is signed as it is sent: by the holder of the app's key. `unless`: the manner that sets the very same thing. */
  const refusals: readonly [
    what: string,
    changes: () => Record<string, string>,
    expected: string | RegExp,
    unless?: RegExp,
  ][] = [
    ["no app_id", () => ({ app_id: "" }), "isv.missing-app-id"],
    ["an app that nobody has", () => ({ app_id: "2099000000000000" }), "isv.invalid-app-id"],
    ["an app without a key", () => ({ app_id: "no-key" }), "isv.missing-signature-config"],
    [
      "a sign_type that the app has not",
      () => ({ app_id: "rsa2-only" }),
      "isv.missing-signature-config",
      /^(?!signed with SHA-1)/,
    ],
    [
      "the newer sign_type where the app has not got it",
      () => ({ app_id: "rsa-only" }),
      "isv.missing-signature-config",
      /SHA-1/,
    ],
    ["no certificate where one is wanted", () => ({ app_id: "cert-only" }), "isv.missing-app-cert-sn", /certificate/],
    [
      "another app's certificate beside the right root",
      () => ({ app_cert_sn: "0".repeat(32), alipay_root_cert_sn: rootSn() }),
      "isv.app-cert-not-exist",
      /certificate/,
    ],
    [
      "another root beside the right certificate",
      () => ({ app_cert_sn: appSn(), alipay_root_cert_sn: "0".repeat(32) }),
      "isv.invalid-alipay-root-cert-sn",
      /certificate/,
    ],
    [
      "a certificate before its term",
      () => ({ app_id: "cert-to-come", app_cert_sn: sns["cert-to-come"] ?? "", alipay_root_cert_sn: rootSn() }),
      "app-cert-expired",
      /certificate/,
    ],
    [
      "a certificate past its term",
      () => ({ app_id: "cert-gone", app_cert_sn: sns["cert-gone"] ?? "", alipay_root_cert_sn: rootSn() }),
      "app-cert-expired",
      /certificate/,
    ],
    ["no method", () => ({ method: "" }), "isv.missing-method"],
    ["a method there is not", () => ({ method: "zhima.nothing.get" }), "isv.invalid-method"],
    ["a method switched off", () => ({ method: "alipay.open.auth.token.app.query" }), "isv.forbidden-api"],
    ["a charset unknown", () => ({ charset: "big5" }), "isv.invalid-charset", /GBK/],
    ["no timestamp", () => ({ timestamp: "" }), "isv.missing-timestamp"],
    ["a day that is not", () => ({ timestamp: "2026-02-30 12:00:00" }), "isv.invalid-timestamp"],
    ["no version", () => ({ version: "" }), "isv.missing-version"],
    ["another version", () => ({ version: "2.0" }), "isv.invalid-parameter"],
    ["another format", () => ({ format: "yaml" }), "isv.invalid-format"],
    [
      "201 parameters",
      () => Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`p${index}`, "1"])),
      /^isv\.(?:invalid-parameter|upload-fail)$/,
    ],
    ["a name of 129 bytes", () => ({ ["n".repeat(129)]: "1" }), "isv.invalid-parameter"],
    ["an app of a suspended merchant", () => ({ app_id: "suspended" }), "isv.insufficient-user-permissions"],
    ["a method that the app is not permitted", () => ({ app_id: "one-method" }), "isv.insufficient-isv-permissions"],
    ["an app that acts for others only", () => ({ app_id: "others-only" }), "isv.self-invoke-forbidden", /acting/],
    ["a merchant's token nobody has", () => ({ app_auth_token: "appB0" }), "aop.invalid-app-auth-token", /acting/],
    ["a merchant's token of no form", () => ({ app_auth_token: "a b" }), "isv.invalid-token", /acting/],
    ["no token", () => ({ auth_token: "" }), "aop.invalid-auth-token"],
    ["a token nobody has", () => ({ auth_token: "authzmaB0" }), "aop.invalid-auth-token"],
    ["a token of no form", () => ({ auth_token: "a b" }), "isv.invalid-token"],
    ["a token past its time", () => ({ auth_token: "authzmaBexpired" }), "aop.auth-token-time-out"],
    ["a token that was ended", () => ({ auth_token: "authzmaBended" }), "aop.invalid-auth-token"],
    [
      "another app's token",
      () => ({ auth_token: "authzmaBstrangers" }),
      /^(?:aop\.invalid-auth-token|isv\.invalid-auth-relations)$/,
    ],
    ["a token for another scope", () => ({ auth_token: "authbseBother" }), "aop.invalid-auth-token"],
    ["a refresh token", () => ({ auth_token: "authzmaBrefresh" }), "aop.invalid-auth-token"],
    ["biz_content that is no JSON", () => ({ biz_content: "{" }), "isv.invalid-parameter"],
    ["biz_content that is a list", () => ({ biz_content: "[]" }), "isv.invalid-parameter"],
    ["no product", () => ({ biz_content: "{}" }), "PRODUCT_CODE_IS_NULL"],
    ["another product", () => ({ biz_content: '{"product_code":"w1010100000000002733"}' }), "API_PRODUCT_NOT_MATCH"],
    [
      "a transaction_id of no form",
      () => ({ biz_content: JSON.stringify({ product_code: productCode, transaction_id: "a-b" }) }),
      "INVALID_TRANSACTION_ID",
    ],
  ];

  it.each(refusals)("%s is refused as published, and leaves no line", async (_, changes, expected, unless) => {
    const before = await linesKept();
    const placed = placementNames.map((placement): [PlacementName, MannerName] => [placement, "in UTF-8"]);
    const mannered = mannerNames.flatMap((manner): [PlacementName, MannerName][] => [
      ["a form, public parameters in its query", manner],
      ["parts with a file after", manner],
    ]);
    let tried = 0;
    for (const [placement, mannerName] of [...placed, ...mannered]) {
      if (unless?.test(mannerName) === true) continue;
      tried += 1;
      const manner: Manner = manners[mannerName];
      const pairs = honest(manner, changes());
      const answer = await send(placement, signed(pairs, manner));
      if (typeof expected === "string") expect(answer, `${placement} ${mannerName}`).toBe(expected);
      else expect(answer, `${placement} ${mannerName}`).toMatch(expected);
    }
    expect(tried).toBeGreaterThan(1);
    expect(await linesKept()).toBe(before);
  });

  it("a digest that is the body's is taken, and one of two that is not is refused", async () => {
    for (const placement of placementNames) {
      if (placements[placement].verb === "GET") continue;
      const pairs = signed(honest(manners["in UTF-8"]), manners["in UTF-8"]);
      expect(await send(placement, pairs, { digest: "right" }), placement).toBe("10000");
      expect(await send(placement, pairs, { digest: "wrong MD5" }), placement).toBe("isv.invalid-digest");
      expect(await send(placement, pairs, { digest: "wrong SHA-256" }), placement).toBe("isv.invalid-digest");
    }
  });

  it("a name of 128 bytes is taken, and so are 200 parameters", async () => {
    for (const placement of placementNames) {
      // Its sign is one of them; a body in parts has 200 of these, its file with them.
      const own = honest(manners["in UTF-8"]).length + 1 + ("parts" in placements[placement] ? 1 : 0);
      const many = Object.fromEntries(Array.from({ length: 200 - own }, (_, index) => [`p${index}`, "1"]));
      for (const changes of [{ ["n".repeat(128)]: "1" }, many]) {
        expect(
          await send(placement, signed(honest(manners["in UTF-8"], changes), manners["in UTF-8"])),
          placement,
        ).toBe("10000");
      }
    }
  });

  it("each of several files is looked at", async () => {
    const pairs = signed(honest(manners["in UTF-8"]), manners["in UTF-8"]);
    const wire = writeRequest({ verb: "POST", place: () => "body", parts: "two files" }, port, pairs);
    expect((await exchange(port, wire, true))?.body.toString()).toContain("isv.invalid-file-extension");
  });

  it("a biz_content of up to a megabyte is read, and a longer one refused before it is", async () => {
    const padded = (length: number): Record<string, string> => {
      const text = JSON.stringify({ transaction_id: newTransactionId(), product_code: productCode, note: "" });
      return { biz_content: text.replace('""', `"${"a".repeat(length - text.length)}"`) };
    };
    for (const placement of ["a form", "parts without a file"] as const) {
      const sent = async (length: number): Promise<string> =>
        send(placement, signed(honest(manners["in UTF-8"], padded(length)), manners["in UTF-8"]));
      expect(await sent(1_048_576), placement).toBe("10000");
      expect(await sent(1_048_577), placement).toBe("isv.invalid-parameter");
    }
  });

  it("a refusal is counted by its code", async () => {
    const count = async (): Promise<number> => {
      const metrics = await (await fetch(new URL("/metrics", kaimen.sandbox.gateway_url))).text();
      return Number(
        /^kaimen_gateway_calls_total\{method="unknown",code="isv\.invalid-signature"\} (\d+)/m.exec(metrics)?.[1] ?? 0,
      );
    };
    const before = await count();
    for (const placement of placementNames) await send(placement, [...honest(manners["in UTF-8"]), ["sign", "AAAA"]]);
    expect(await count()).toBe(before + placementNames.length);
  });
});
