import type { FastifyRequest } from "fastify";
import { expect, test } from "vitest";
import { isFromOwnSite } from "#kaimen/http/own-site.ts";

const publicUrl = "https://credit.example";

/** What a browser or a program says, and whether it is one of ours; the last is the public address, where it is known. */
test.each<[string, Record<string, string>, boolean, string | undefined]>([
  ["a program that says nothing", { host: "127.0.0.1:8080" }, true, undefined],
  ["a page of this very host", { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" }, true, undefined],
  ["another port of it", { host: "127.0.0.1:8080", origin: "http://127.0.0.1:9090" }, false, undefined],
  ["a sandboxed frame", { host: "127.0.0.1:8080", origin: "null" }, false, undefined],
  ["the public address", { host: "credit.example", origin: publicUrl }, true, publicUrl],
  ["the public address behind a proxy that renames", { host: "10.0.0.5:8080", origin: publicUrl }, true, publicUrl],
  ["the public address without TLS", { host: "credit.example", origin: "http://credit.example" }, false, publicUrl],
  ["a name made to lead here", { host: "evil.example", origin: "http://evil.example" }, false, publicUrl],
  ["this machine itself", { host: "127.0.0.1:8080", origin: "http://127.0.0.1:8080" }, true, publicUrl],
  ["this machine by another name", { host: "localhost:8080", origin: "http://127.0.0.1:8080" }, false, publicUrl],
  ["a host with a login in it", { host: "evil@127.0.0.1", origin: "http://127.0.0.1" }, false, undefined],
  [
    "a host that only a proxy's header names",
    { host: "127.0.0.1:8080", "x-forwarded-host": "evil.example", origin: "http://evil.example" },
    false,
    undefined,
  ],
  ["a browser on another site", { host: "127.0.0.1", "sec-fetch-site": "cross-site" }, false, undefined],
  ["an address that was typed", { host: "127.0.0.1", "sec-fetch-site": "none" }, true, undefined],
])("a request of %s is told apart", (_, headers, own, address) => {
  const request = { headers, protocol: "http", host: headers["x-forwarded-host"] ?? headers["host"] };
  expect(isFromOwnSite(request as unknown as FastifyRequest, address)).toBe(own);
});
