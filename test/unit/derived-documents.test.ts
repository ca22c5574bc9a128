import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { pipeline } from "#kaimen/gateway/pipeline.ts";
import { methods } from "#kaimen/methods/index.ts";
import { gatewayErrors } from "#kaimen/protocol/gateway-errors.ts";
import type { FieldSpec, MethodSpec } from "#kaimen/protocol/method-spec.ts";
import { type Bilingual, type ErrorSpec, isRefusal } from "#kaimen/protocol/refusal.ts";
import { validateFields } from "#kaimen/protocol/validation.ts";
import { deriveDocuments, staleDocuments } from "../../tools/derive.mjs";
import { commonRefusals, refusalsOf, unplacedGatewayErrors } from "../../tools/derive/refusal-order.mjs";

const root = new URL("../../", import.meta.url);
const documents = deriveDocuments();
const committed = (path: string): string => readFileSync(new URL(path, root), "utf8");
const specs = [...methods.values()].map(({ spec }) => spec);
const named = specs.map((spec) => ({ name: spec.name, spec }));
const ownErrors: [string, ErrorSpec][] = specs.flatMap((spec) => Object.entries(spec.errors));
const declared = new Set([...Object.keys(gatewayErrors), ...ownErrors.map(([subCode]) => subCode)]);

test("the committed documents are the derived ones", () => {
  expect(staleDocuments(documents), "run `npm run derive`").toEqual([]);
});

test("a derived document has no trailing space, and ends in one line break", () => {
  for (const [path, text] of documents) {
    expect(text, path).not.toMatch(/[ \t]$/m);
    expect(text, path).toMatch(/[^\n]\n$/);
  }
});

test("docs/methods holds the index and one page a method, nothing else", () => {
  const pages = ["README.md", ...specs.map(({ name }) => `${name}.md`)];
  expect(readdirSync(new URL("docs/methods/", root)).toSorted()).toEqual(pages.toSorted());
  for (const { name } of specs) expect(committed("docs/methods/README.md")).toContain(`(${name}.md)`);
});

describe("docs/errors.md", () => {
  const shown = new Set(
    [
      ...committed("docs/errors.md").matchAll(
        /`((?:isv|isp|aop)\.[a-z0-9._-]+|app-cert-expired|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g,
      ),
    ].map(([, subCode]) => subCode),
  );

  test("names every sub_code that a spec declares", () => {
    expect([...declared].filter((subCode) => !shown.has(subCode))).toEqual([]);
  });

  test("names no sub_code that no spec declares", () => {
    expect([...shown].filter((subCode) => !declared.has(subCode ?? ""))).toEqual([]);
  });
});

describe("the order of refusals", () => {
  test("names steps of the pipeline, in its order", () => {
    const steps = Object.keys(pipeline);
    for (const spec of specs) {
      const order = [...commonRefusals(), ...refusalsOf(spec)].map(({ step }) => steps.indexOf(step));
      expect(order).toEqual(order.toSorted((left, right) => left - right));
      expect(order).not.toContain(-1);
    }
  });

  test("has a place for every error of a method", () => {
    for (const spec of specs) {
      const placed = new Set(refusalsOf(spec).flatMap(({ subCodes }) => subCodes));
      expect(Object.keys(spec.errors).filter((subCode) => !placed.has(subCode))).toEqual([]);
    }
  });

  test("has a place for every error of the gateway, save a fault inside", () => {
    expect(unplacedGatewayErrors()).toEqual(["isp.unknow-error", "aop.unknow-error"]);
  });
});

describe("docs/openapi.json", () => {
  interface Operation {
    readonly requestBody: {
      readonly content: Readonly<Record<string, { schema: { discriminator: { mapping: Record<string, string> } } }>>;
    };
  }
  interface OpenApi {
    readonly openapi: string;
    readonly paths: Readonly<Record<string, { readonly post: Operation }>>;
    readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  }
  const text = committed("docs/openapi.json");
  const api = JSON.parse(text) as OpenApi;
  const contents = Object.values(api.paths).flatMap(({ post }) => Object.values(post.requestBody.content));
  const references = contents.flatMap(({ schema }) => Object.values(schema.discriminator.mapping));
  collectReferences(api, references);

  test("is an OpenAPI 3.1 document in its one form: two spaces, a line break at the end", () => {
    expect(api.openapi).toMatch(/^3\.1\.\d+$/);
    expect(text).toBe(`${JSON.stringify(api, undefined, 2)}\n`);
  });

  test("every $ref resolves", () => {
    expect(references.filter((reference) => !isObject(resolve(api, reference)))).toEqual([]);
  });

  test("every schema is referred to, under a name that OpenAPI allows", () => {
    for (const name of Object.keys(api.components.schemas)) {
      expect(name).toMatch(/^[a-zA-Z0-9._-]+$/);
      expect(references).toContain(`#/components/schemas/${name}`);
    }
  });

  test("every method is told apart by its name, once", () => {
    const mapped = contents.flatMap(({ schema }) => Object.keys(schema.discriminator.mapping));
    expect(mapped.toSorted()).toEqual(specs.map(({ name }) => name).toSorted());
  });
});

describe.each(named)("the spec of $name", ({ spec }) => {
  test("has examples that pass its own validation", () => {
    const result = validateFields(spec, (name) => inputOf(spec.request[name]));
    expect(isRefusal(result) ? result.subMessage : "valid").toBe("valid");
  });

  test("has response examples of the type and length it declares", () => {
    const fields = Object.entries(spec.response).flatMap(([name, field]) =>
      field.type === "list" ? Object.entries(field.items) : [[name, field] as const],
    );
    expect(fields.length).toBeGreaterThanOrEqual(Object.keys(spec.response).length);
    for (const [name, { type, maxLength = Infinity, example }] of fields) {
      expect(typeof example, name).toBe(type);
      expect(String(example).length, name).toBeLessThanOrEqual(maxLength);
    }
  });

  test("refuses fields only with sub_codes that it declares", () => {
    const used = Object.values(spec.request).flatMap(({ missing, invalid }) => [missing, invalid]);
    expect(used.filter((subCode) => subCode !== undefined && !Object.hasOwn(spec.errors, subCode))).toEqual([]);
  });

  test("takes no sub_code of the gateway's", () => {
    expect(Object.keys(spec.errors).filter((subCode) => Object.hasOwn(gatewayErrors, subCode))).toEqual([]);
  });

  test("says everything in both languages", () => {
    expect(untranslated(textsOf(spec))).toEqual([]);
  });
});

test("the gateway's errors are explained in both languages", () => {
  expect(untranslated(Object.entries(gatewayErrors).flatMap(([subCode, error]) => errorTexts(subCode, error)))).toEqual(
    [],
  );
});

test("every published text of an error is Chinese", () => {
  const errors: [string, ErrorSpec][] = [...Object.entries(gatewayErrors), ...ownErrors];
  expect(errors.filter(([, { subMessage }]) => !isChinese(subMessage)).map(([subCode]) => subCode)).toEqual([]);
});

function inputOf(field: FieldSpec | undefined): string | { filename: string; content: Uint8Array } | undefined {
  if (field?.type !== "file") return field?.example;
  return { filename: "example.json", content: new TextEncoder().encode(field.example) };
}

type Text = [where: string, text: Bilingual];

function textsOf(spec: MethodSpec): Text[] {
  const fields = [...Object.entries(spec.request), ...Object.entries(spec.response)];
  return [
    ["title", spec.title],
    ["description", spec.description],
    ...fields.map(([name, { doc }]): Text => [name, doc]),
    ...Object.entries(spec.errors).flatMap(([subCode, error]) => errorTexts(subCode, error)),
  ];
}

function errorTexts(subCode: string, { cause, remedy }: ErrorSpec): Text[] {
  return [
    [`${subCode} cause`, cause],
    [`${subCode} remedy`, remedy],
  ];
}

function untranslated(texts: Text[]): string[] {
  return texts
    .filter(([, { en, zh }]) => !/[A-Za-z]/.test(en) || isChinese(en) || !isChinese(zh))
    .map(([where]) => where);
}

function isChinese(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function collectReferences(value: unknown, found: string[]): void {
  if (!isObject(value)) return;
  if (typeof value["$ref"] === "string") found.push(value["$ref"]);
  for (const part of Object.values(value)) collectReferences(part, found);
}

/** A JSON pointer in a fragment, RFC 6901. */
function resolve(document: unknown, reference: string): unknown {
  if (!reference.startsWith("#/")) return undefined;
  const keys = reference
    .slice(2)
    .split("/")
    .map((key) => decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.reduce(
    (value: unknown, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    document,
  );
}
