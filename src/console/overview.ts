import type { FastifyInstance } from "fastify";
import { type Html, html } from "../consent/pages/html.ts";
import { methods } from "../methods/index.ts";

export interface OverviewParts {
  readonly mode: "sandbox" | "production";
  readonly gatewayPath: string;
  readonly authorisePath: string;
}

/** What answers here, for somebody who opens the address in a browser. It names paths only: nothing of anybody's. */
export function registerOverview(server: FastifyInstance, parts: OverviewParts): void {
  const page = overviewPage(parts);
  server.get("/", (_, reply) => reply.redirect("/console/", 303));
  server.get("/console", (_, reply) => reply.redirect("/console/", 303));
  server.get("/console/", (_, reply) => reply.type("text/html; charset=utf-8").send(page));
}

function overviewPage(parts: OverviewParts): string {
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>开门 Kaimen</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/oauth2/authorise.css" />
      </head>
      <body>
        <main>
          <p class="brand">开门 <span>Kaimen</span></p>
          <h1>${parts.mode === "sandbox" ? "沙箱 · Sandbox" : "生产环境 · Production"}</h1>
          <p>网关 Gateway<br /><code>${parts.gatewayPath}</code></p>
          <p>用户授权 Authorisation<br /><code>${parts.authorisePath}</code></p>
          <p>接口 Methods</p>
          <ul>
            ${[...methods.values()].map(({ spec }): Html => html`<li><code>${spec.name}</code><br />${spec.title.zh} · ${spec.title.en}</li>`)}
          </ul>
          <p><a href="/health/ready">/health/ready</a> · <a href="/metrics">/metrics</a></p>
        </main>
      </body>
    </html> `.text;
}
