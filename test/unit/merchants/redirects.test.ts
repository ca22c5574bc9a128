import { describe, expect, test } from "vitest";
import { anyRedirect, redirectAllowed } from "#kaimen/merchants/redirects.ts";

describe("a user", () => {
  test.each([
    ["https://app.example/cb", "https://app.example/cb", true],
    ["https://app.example/cb", "https://app.example/cb?from=kaimen&x=1", true],
    ["https://app.example/cb", "https://app.example/cb/", true],
    ["https://app.example/cb", "https://app.example/cb/below", true],
    ["https://app.example/cb/", "https://app.example/cb/below", true],
    ["https://app.example", "https://app.example/anything", true],
    ["https://app.example/", "https://app.example/", true],
    ["https://APP.example/cb", "https://app.EXAMPLE/cb", true],
    ["https://app.example/cb", "https://app.example:443/cb", true],
    ["http://app.example:80/cb", "http://app.example/cb", true],
    ["https://app.example:8443/cb", "https://app.example:8443/cb", true],
    ["https://app.example/cb", "https://app.example/other/../cb", true],

    ["https://app.example/cb", "https://app.example/cbx", false],
    ["https://app.example/cb", "https://app.example/cb.evil", false],
    ["https://app.example/cb", "https://app.example/c", false],
    ["https://app.example/cb", "https://app.example/", false],
    ["https://app.example/cb", "https://app.example/CB", false],
    ["https://app.example/cb/", "https://app.example/cb", false],
    ["https://app.example/cb", "https://app.example/cb/../admin", false],
    ["https://app.example/cb", "https://app.example/cb/%2e%2e/admin", false],
    ["https://app.example/cb", "https://app.example/cb/..\\..\\admin", false],
    ["https://app.example/cb", "https://app.example/x?/cb", false],

    ["https://app.example/cb", "http://app.example/cb", false],
    ["http://app.example/cb", "https://app.example/cb", false],
    ["https://app.example/cb", "javascript:alert(1)//app.example/cb", false],
    ["https://app.example/cb", "data:text/html,https://app.example/cb", false],
    ["https://app.example/cb", "ftp://app.example/cb", false],
    ["javascript:alert(1)", "javascript:alert(1)", false],
    ["myapp://cb", "myapp://cb", false],

    ["https://app.example/cb", "https://app.example:8443/cb", false],
    ["https://app.example:8443/cb", "https://app.example/cb", false],
    ["https://app.example/cb", "https://evil.example/cb", false],
    ["https://app.example/cb", "https://app.example.evil.example/cb", false],
    ["https://app.example/cb", "https://evilapp.example/cb", false],
    ["https://app.example/cb", "https://www.app.example/cb", false],
    ["https://app.example/cb", "https://app.example./cb", false],
    ["https://app.example/cb", "https://evil.example\\@app.example/cb", false],
    ["https://app.example/cb", "https://evil.example/https://app.example/cb", false],

    ["https://app.example/cb", "https://user@app.example/cb", false],
    ["https://app.example/cb", "https://user:word@app.example/cb", false],
    ["https://app.example/cb", "https://:word@app.example/cb", false],
    ["https://app.example/cb", "https://app.example@evil.example/cb", false],
    ["https://app.example/cb", "https://app.example%2f@evil.example/cb", false],
    ["https://user@app.example/cb", "https://app.example/cb", false],
    ["https://app.example/cb", "https://app.example/cb#part", false],
    ["https://app.example/cb", "https://app.example/cb#", false],
    ["https://app.example/cb#part", "https://app.example/cb", false],

    ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true],
    ["http://127.0.0.1:3000/cb", "http://127.0.0.1:49152/cb", true],
    ["http://127.0.0.1:3000/cb", "http://127.0.0.1/cb/below", true],
    ["http://localhost:3000/cb", "http://localhost:4000/cb", true],
    ["http://[::1]:3000/cb", "http://[::1]:4000/cb", true],
    ["http://[0:0:0:0:0:0:0:1]/cb", "http://[::1]:4000/cb", true],
    ["http://127.1/cb", "http://127.0.0.1:5000/cb", true],
    ["http://localhost/cb", "http://127.0.0.1/cb", false],
    ["http://127.0.0.1/cb", "https://127.0.0.1/cb", false],
    ["http://127.0.0.1/cb", "http://127.0.0.1:49152/cbx", false],
    ["http://127.0.0.2/cb", "http://127.0.0.2:49152/cb", false],
    ["http://localhost.evil.example/cb", "http://localhost.evil.example:49152/cb", false],
    ["https://app.example/cb", "http://127.0.0.1/cb", false],

    ["https://app.example/cb", "", false],
    ["https://app.example/cb", "/cb", false],
    ["https://app.example/cb", "//app.example/cb", false],
    ["https://app.example/cb", "app.example/cb", false],
    ["https://app.example/cb", "https://", false],
    ["", "https://app.example/cb", false],
    ["not an address", "not an address", false],
    [anyRedirect, anyRedirect, false],

    [anyRedirect, "https://anywhere.example/x", true],
    [anyRedirect, "http://127.0.0.1:1/", true],
    [anyRedirect, "javascript:alert(1)", false],
    [anyRedirect, "https://user@anywhere.example/", false],
    [anyRedirect, "https://anywhere.example/#part", false],
    ["https://*.example/cb", "https://app.example/cb", false],
    ["*x", "https://app.example/cb", false],
  ])("of an app registered for %j may be sent to %j: %s", (registered, address, expected) => {
    expect(redirectAllowed([registered], address)).toBe(expected);
  });

  test.each([
    [[], "https://app.example/cb", false],
    [["https://a.example/", "https://b.example/cb"], "https://b.example/cb", true],
    [["https://a.example/", "https://b.example/cb"], "https://b.example/", false],
    [["broken", "https://b.example/cb"], "https://b.example/cb", true],
  ])("of an app registered for %j may be sent to %j: %s", (registered, address, expected) => {
    expect(redirectAllowed(registered, address)).toBe(expected);
  });
});
