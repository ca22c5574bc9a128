/** A page asked for, or a form sent, with the cookie of who is signed in; where it leads to is not followed. */
export async function openPage(
  address: URL | string,
  options: { cookie?: string; form?: Record<string, string>; headers?: Record<string, string> } = {},
) {
  const reply = await fetch(address, {
    redirect: "manual",
    headers: { ...options.headers, ...(options.cookie === undefined ? {} : { cookie: options.cookie }) },
    ...(options.form === undefined ? {} : { method: "POST", body: new URLSearchParams(options.form) }),
  });
  const text = await reply.text();
  return {
    status: reply.status,
    headers: reply.headers,
    text,
    location: reply.headers.get("location"),
    cookie: (reply.headers.get("set-cookie") ?? "").split(";")[0] ?? "",
    /** The code that an error page shows. */
    errorCode: /<code>([a-z-]+)<\/code>/.exec(text)?.[1],
    formToken: /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? "",
  };
}

/** The cookie of somebody who signs in at one of the pages of their own. */
export async function signInAt(
  base: string,
  loginPath: string,
  account: { login: string; password: string },
): Promise<string> {
  const { status, cookie } = await openPage(new URL(loginPath, base), {
    form: { login: account.login, password: account.password },
  });
  if (status !== 303) throw new Error(`signing in answered ${status}`);
  return cookie;
}

/** Agrees on a page of consent, or passes it where it need not be asked for; gives the address that is led to. */
export async function consent(
  page: string,
  query: Record<string, string>,
  cookie: string,
  choices: Record<string, string> = {},
): Promise<URL> {
  const asked = await openPage(`${page}?${new URLSearchParams(query).toString()}`, { cookie });
  if (asked.location !== null) return new URL(asked.location);
  const agreed = await openPage(page, {
    cookie,
    form: { ...query, ...choices, form_token: asked.formToken, decision: "agree" },
  });
  if (agreed.location === null)
    throw new Error(`nothing was agreed: ${agreed.status} ${agreed.errorCode ?? ""} ${asked.errorCode ?? ""}`);
  return new URL(agreed.location);
}
