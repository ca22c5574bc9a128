import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import { fastify, type FastifyInstance } from "fastify";
import { addressBlockOf } from "../address-block.ts";
import { answerBrokenRequest } from "./broken-request.ts";
import { createProxyCheck } from "./client-address.ts";
import { createPipelineLimit, limitConnections } from "./connections.ts";
import { isHttps } from "../start-checks.ts";
import { handleGatewayRequest } from "./gateway.ts";
import { newTraceId } from "../trace-id.ts";
import { parseFields } from "../http/bodies.ts";
import { answerError } from "../http/faults.ts";
import { discardUnread } from "../http/unread-body.ts";
import { registerSafeguards } from "../http/safeguards.ts";
import { refuseV3, v3Path } from "./v3.ts";
import type { GatewayParts } from "./parts.ts";

export const gatewayPath = "/gateway.do";

export interface HttpServer {
  /** Binds and gives the port in use. Rejects with the system's error (EADDRINUSE, EACCES …). */
  listen(address: { host: string; port: number }): Promise<number>;
  /** Takes no more connections and resolves when the last request under way is answered. */
  close(): Promise<void>;
}

export interface Readiness {
  /** What is missing, in a word or two; undefined when the server is ready. */
  readonly missing: () => Promise<string | undefined>;
}

/** Header lines, a URL of signed parameters among them, are bounded by Node at this many bytes. */
const headerLimitBytes = 32_768;
const headersTimeoutMs = 10_000;
/** For how long a browser that came once comes by TLS alone: a year, as is usual. Other hosts of the domain are others' business. */
const tlsMemoryS = 31_536_000;
const keepAliveTimeoutMs = 65_000;
/**
 * So many requests a minute may come from one address to each page or route that names no limit of its own: each of them
 * may ask the database.
 */
const pageRequests = 3_000;
/** Addresses that a route counts at once; beyond them the one that came the longest ago is forgotten. */
const addressesCounted = 5_000;
/** How often connections that nobody needs are closed while the server stops. */
const sweepEveryMs = 50;
/** How often slow clients are looked for: a limit above is kept to within this. */
const slowClientCheckMs = 2_000;

/**
 * One HTTP server, two ways through it: /gateway.do goes straight to the gateway, which needs the raw body and target
 * (one SDK sends absolute-form ones); pages, the console's API and health checks go through Fastify.
 */
export async function createHttpServer(
  parts: GatewayParts,
  readiness: Readiness,
  registerRoutes: (app: FastifyInstance) => void,
): Promise<HttpServer> {
  const safeguards = {
    log: parts.platform.log,
    noteFault: (route: string) => parts.metrics.noteFault(route),
    publicUrl: parts.config.publicUrl,
  };
  const isWithinPipeline = createPipelineLimit();
  const connections = new Set<Socket>();
  let server!: Server; // Fastify calls the factory before it returns.
  const app = fastify({
    logger: false,
    bodyLimit: 65_536,
    genReqId: () => newTraceId(parts.platform.clock.now()),
    routerOptions: { querystringParser: parseFields },
    // An address that no route can even be looked up for.
    frameworkErrors: (error, request, reply) => {
      reply.headers({
        trace_id: request.id,
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'",
      });
      answerError(safeguards, error, request, reply);
    },
    // Whose address a limit counts, and whether a cookie may be Secure, is what the proxies say.
    trustProxy: parts.config.trustedProxies.length > 0 && [...parts.config.trustedProxies],
    clientErrorHandler: answerBrokenRequest,
    serverFactory: (handler) => {
      server = createServer(
        {
          maxHeaderSize: headerLimitBytes,
          // Node wants the head within the time of the whole.
          headersTimeout: Math.min(headersTimeoutMs, parts.config.bodyTimeoutMs),
          requestTimeout: parts.config.bodyTimeoutMs,
          keepAliveTimeout: keepAliveTimeoutMs,
          connectionsCheckingInterval: slowClientCheckMs,
        },
        (request, reply) => {
          if (!isWithinPipeline(request, reply)) return;
          if (isForGateway(request)) {
            if (!callMethods.has(request.method ?? "")) return answerOtherMethod(request, reply);
            void handleGatewayRequest(parts, request, reply).catch(() => reply.destroy());
            return;
          }
          if (pathOf(request).startsWith(v3Path)) {
            void refuseV3(parts, request, reply).catch(() => reply.destroy());
            return;
          }
          // Fastify answers some paths, such as /%, before any plugin, helmet among them, has seen them.
          reply.setHeader("x-content-type-options", "nosniff");
          handler(request, reply);
        },
      );
      server.on("connection", (socket: Socket) => {
        connections.add(socket);
        socket.once("close", () => connections.delete(socket));
      });
      limitConnections(server, {
        most: parts.config.connections,
        standsForMany: createProxyCheck(parts.config.trustedProxies),
      });
      return server;
    },
  });
  const publiclyHttps = isHttps(parts.config.publicUrl);
  // Where the public address is https every browser came by TLS, also through a proxy that is not named.
  await app.register(cookie, { parseOptions: { secure: publiclyHttps } });
  await app.register(rateLimit, {
    max: pageRequests,
    timeWindow: 60_000,
    cache: addressesCounted,
    keyGenerator: (request) => addressBlockOf(request.ip),
  });
  await app.register(helmet, {
    // Pages are served over plain HTTP on a laptop; a browser told to upgrade would not find them again.
    strictTransportSecurity: publiclyHttps ? { maxAge: tlsMemoryS, includeSubDomains: false } : false,
    xFrameOptions: { action: "deny" },
    contentSecurityPolicy: {
      useDefaults: false,
      // No form-action: a browser would hold it against the address that a consent sends the user back to.
      directives: {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
      },
    },
    referrerPolicy: { policy: "same-origin" },
  });
  registerSafeguards(app, safeguards);
  registerHealth(app, parts, readiness);
  registerRoutes(app);
  await app.ready();

  return {
    listen: ({ host, port }) =>
      new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen({ host, port }, () => {
          server.off("error", reject);
          const address = server.address();
          if (address === null || typeof address === "string") reject(new Error("listening on no port"));
          else resolve(address.port);
        });
      }),
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // A connection whose last request has just been answered stays open for another one: none will come.
      const sweep = setInterval(() => {
        server.closeIdleConnections();
        // One that was opened in advance and never used is not idle for Node, and its client may keep it for good.
        for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
      }, sweepEveryMs);
      await closed;
      clearInterval(sweep);
      await app.close();
    },
  };
}

/** A call comes by one of these. Anything else must never do what a call does. */
const callMethods: ReadonlySet<string> = new Set(["GET", "POST"]);

/** Says by which methods a call comes, and reads nothing of the request. */
function answerOtherMethod(request: IncomingMessage, reply: ServerResponse): void {
  const isQuestion = request.method === "OPTIONS";
  const body = isQuestion || request.method === "HEAD" ? "" : "Calls of the gateway come by GET or POST.\n";
  reply.writeHead(isQuestion ? 204 : 405, {
    allow: "GET, POST, OPTIONS",
    "cache-control": "no-store",
    "content-type": "text/plain;charset=utf-8",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    ...(isQuestion ? {} : { "content-length": Buffer.byteLength(body) }),
    // Of a body nothing is read, and the connection cannot carry another request behind it.
    ...(request.complete ? {} : { connection: "close" }),
  });
  reply.write(body);
  void discardUnread(request).finally(() => reply.end());
}

function isForGateway(request: IncomingMessage): boolean {
  const path = pathOf(request);
  return path === gatewayPath || path.startsWith(`${gatewayPath}?`);
}

/** The target's path and query; some clients send the whole address. */
function pathOf({ url = "" }: IncomingMessage): string {
  return url.startsWith("/") ? url : url.replace(/^https?:\/\/[^/?#]*/i, "");
}

function registerHealth(app: FastifyInstance, parts: GatewayParts, readiness: Readiness): void {
  app.get("/health/live", async () => ({ status: "live" }));
  app.get("/health/ready", async (_, reply) => {
    const missing = await readiness.missing();
    return missing === undefined ? { status: "ready" } : reply.code(503).send({ status: "not ready", missing });
  });
  app.get("/metrics", async (_, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await parts.metrics.render()),
  );
}
