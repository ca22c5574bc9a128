import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Where the build has put the console's pages, web/. */
const folder = new URL("../web/", import.meta.url);
const assetPath = "/console/assets/";
/** Its name is of its content, so it never changes. */
const assetLife = "public, max-age=31536000, immutable";
const nonceBytes = 16;

const types: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * The console's pages: one document for every address below /console/, so that a link leads to its page, and the files it
 * loads. The document's policy lets in nothing from outside, no script but these files, and only the styles that carry
 * the nonce of this very answer (docs/decisions/0093).
 */
export function registerPages(server: FastifyInstance, mode: "sandbox" | "production"): void {
  server.get("/", (_, reply) => reply.redirect("/console/", 303));
  server.get("/console", (_, reply) => reply.redirect("/console/", 303));
  const document = new URL("index.html", folder);
  if (!existsSync(document)) {
    // Only the compiler ran: the API is there, its pages are not.
    server.get("/console/", (_, reply) =>
      reply.code(404).type("text/plain").send("the pages are not built: npm run build\n"),
    );
    return;
  }
  const page = readFileSync(document, "utf8").replace("__KAIMEN_MODE__", mode);
  const sendPage = (_: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const nonce = randomBytes(nonceBytes).toString("base64");
    return reply
      .header("content-security-policy", policyWith(nonce))
      .header("cache-control", "no-store")
      .type("text/html; charset=utf-8")
      .send(page.replaceAll("__KAIMEN_NONCE__", nonce));
  };
  server.get("/console/", sendPage);
  server.get("/console/*", sendPage);

  const assets = new Set(readdirSync(new URL("assets/", folder)));
  server.get<{ Params: { file: string } }>(`${assetPath}:file`, async (request, reply) => {
    const { file } = request.params;
    const type = types[file.slice(file.lastIndexOf(".") + 1)];
    if (!assets.has(file) || type === undefined) return reply.callNotFound();
    void reply.type(type).header("cache-control", assetLife).header("vary", "accept-encoding");
    const takesGzip = /\bgzip\b/.test(request.headers["accept-encoding"] ?? "");
    const sent = takesGzip && assets.has(`${file}.gz`) ? `${file}.gz` : file;
    if (sent !== file) void reply.header("content-encoding", "gzip");
    return reply.send(readFileSync(new URL(`assets/${sent}`, folder)));
  });
}

function policyWith(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
