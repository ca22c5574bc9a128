/** Every refusal that a route may give by name, with its HTTP status: what clients tell apart. */
export const problems = {
  "invalid-field": {
    status: 400,
    en: "a field is missing, unknown or not as documented",
    zh: "字段缺失、未知或不符合要求",
  },
  refused: { status: 400, en: "what is asked cannot be done; the detail says why", zh: "无法执行，详见说明" },
  "purpose-needed": { status: 400, en: "personal data are read: say what for", zh: "读取个人信息须说明目的" },
  "not-signed-in": { status: 401, en: "sign in, or send an API token", zh: "请登录或提供 API 令牌" },
  "wrong-credentials": { status: 401, en: "the login, password or code is wrong", zh: "账号、密码或验证码错误" },
  "code-needed": {
    status: 401,
    en: "the account needs a code of its authenticator app, too",
    zh: "还需要验证器动态码",
  },
  "not-permitted": { status: 403, en: "the account's role, or the token, does not allow it", zh: "角色或令牌无此权限" },
  "password-change-needed": { status: 403, en: "set a password of your own first", zh: "请先修改初始密码" },
  "not-found": { status: 404, en: "there is nothing of this name", zh: "不存在" },
  conflict: { status: 409, en: "something of this name exists already, or is still needed", zh: "已存在，或仍被使用" },
  "too-many-requests": {
    status: 429,
    en: "too many; wait as Retry-After says",
    zh: "请求过于频繁，请按 Retry-After 等待",
  },
} as const;

export type ProblemCode = keyof typeof problems;

/** A refusal: the detail says what is wrong and what to do, and holds no personal data. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly waitS: number | undefined;

  constructor(code: ProblemCode, detail: string, { waitS }: { waitS?: number } = {}) {
    super(detail);
    this.code = code;
    this.waitS = waitS;
  }

  get status(): number {
    return problems[this.code].status;
  }
}
