/** Of a method's contract, what a collection says of it. */
export interface CollectedMethod {
  readonly name: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly description: { readonly zh: string; readonly en: string };
  readonly auth: "app" | "user";
  readonly fields: "biz_content" | "form";
  readonly request: readonly {
    readonly name: string;
    readonly type: "string" | "file";
    readonly required: boolean;
    readonly doc: { readonly zh: string; readonly en: string };
    readonly example: string;
  }[];
}

/** What the collection begins with; each can be changed after the import. */
export interface CollectionVariables {
  readonly gateway: string;
  readonly appId: string;
  /** Empty where it is somebody's own: it is put in after the import. */
  readonly privateKey: string;
  readonly authToken: string;
}

const schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/**
 * All methods as a collection (v2.1) that Postman and Apifox import. `script` signs each request before it is sent; the
 * timestamp, the signature and a new transaction_id are variables that it sets.
 */
export function collectionOf(methods: readonly CollectedMethod[], variables: CollectionVariables, script: string) {
  return {
    info: {
      name: "开门 Kaimen",
      description: "签名由集合的前置脚本完成。Requests are signed by the collection's pre-request script.",
      schema,
    },
    event: [{ listen: "prerequest", script: { type: "text/javascript", exec: script.split("\n") } }],
    variable: [
      { key: "gateway", value: variables.gateway },
      { key: "app_id", value: variables.appId },
      { key: "app_private_key", value: variables.privateKey },
      { key: "auth_token", value: variables.authToken },
    ],
    item: methods.map(requestOf),
  };
}

function requestOf(method: CollectedMethod) {
  const { name, title, description, auth, fields, request } = method;
  const files = request.filter(({ type }) => type === "file");
  const texts = request
    .filter(({ type, required }) => type === "string" && required)
    .map(({ name: field, example }) => [field, field === "transaction_id" ? "{{kaimen_id}}" : example] as const);
  const parameters: Record<string, string> = {
    app_id: "{{app_id}}",
    method: name,
    format: "JSON",
    charset: "utf-8",
    sign_type: "RSA2",
    timestamp: "{{kaimen_timestamp}}",
    version: "1.0",
    ...(auth === "user" ? { auth_token: "{{auth_token}}" } : {}),
    ...(fields === "form" ? Object.fromEntries(texts) : { biz_content: JSON.stringify(Object.fromEntries(texts)) }),
    sign: "{{kaimen_sign}}",
  };
  const pairs = Object.entries(parameters).map(([key, value]) => ({ key, value, type: "text" }));
  return {
    name: `${title.zh} ${name}`,
    request: {
      method: "POST",
      description: `${description.zh}\n\n${description.en}`,
      header: [],
      url: "{{gateway}}",
      body:
        files.length === 0
          ? { mode: "urlencoded", urlencoded: pairs }
          : {
              mode: "formdata",
              formdata: [...pairs, ...files.map((file) => ({ key: file.name, type: "file", src: [] }))],
            },
    },
  };
}
