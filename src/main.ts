import { chmod, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { nameInTrail } from "./accounts/account.ts";
import { openPasswordDesk } from "./accounts/password-desk.ts";
import { appendAudit } from "./audit/audit.ts";
import { SettableClock, systemClock } from "./clock.ts";
import { type Config, ConfigError, readConfig, unknownSettings } from "./config.ts";
import { appAuthorisePath } from "./consent/pages/merchant-consent.ts";
import { authorisePath } from "./consent/pages/user-consent.ts";
import { startExpiryJob } from "./consent/expiry.ts";
import { TokenDirectory } from "./consent/token-directory.ts";
import { openFeedbackTurns } from "./feedback/batches/turns.ts";
import { openFeedbackReaders } from "./feedback/reading/readers.ts";
import { startRetentionJob } from "./feedback/storing/retention.ts";
import { BodyBudget } from "./gateway/body/body-budget.ts";
import { createRateLimit, createSharedRateLimit } from "./gateway/call-limits.ts";
import { createMetrics } from "./gateway/metrics.ts";
import { createClientAddress, createProxyCheck } from "./gateway/client-address.ts";
import { createRefusalLog } from "./gateway/refusal-log.ts";
import { createRepeats } from "./gateway/repeats/repeats.ts";
import { createHttpServer, gatewayPath, type HttpServer } from "./gateway/server.ts";
import { openSignatureDoctor } from "./gateway/signature-doctor/doctor.ts";
import { openInquiryDesk } from "./inquiry/inquire.ts";
import { openJobs } from "./job.ts";
import { readOrCreateMasterKey } from "./keys/master-key.ts";
import { createLog, type Log } from "./log.ts";
import { AppDirectory } from "./merchants/apps.ts";
import { openCertificateAuthority } from "./merchants/certificate-authority.ts";
import { openGatewayKeys } from "./merchants/gateway-keys.ts";
import { keepNumbersAhead } from "./ledger/seal.ts";
import { startLedgerJob } from "./ledger/statement-job.ts";
import { rehashNames } from "./people/rehash-names.ts";
import type { Platform } from "./platform.ts";
import { openRequestLog } from "./request-log/request-log.ts";
import { registerRoutes } from "./routes.ts";
import { answerOnDemand } from "./sandbox/answers-on-demand.ts";
import { restoreSandboxClock } from "./sandbox/clock.ts";
import { sandboxBanner } from "./sandbox/banner.ts";
import { makeSignInLink } from "./sandbox/sign-in-link.ts";
import { writeSandboxFile } from "./sandbox/sandbox-file.ts";
import { seedSandbox } from "./sandbox/seed.ts";
import { expertCard } from "./scoring/card/expert-card.ts";
import { openRescorer } from "./scoring/rescore.ts";
import { startScoringJob } from "./scoring/scoring-job.ts";
import { startWarnings } from "./start-checks.ts";
import { startClockWatch } from "./store/clock-watch.ts";
import { openVault } from "./store/data-keys.ts";
import { migrate } from "./store/migrate.ts";
import { openStore } from "./store/open.ts";
import { createStoreReadiness } from "./store/readiness.ts";

const firstPort = 8_080;
const portsTried = 100;
/** Of an app's new key in production; a sandbox takes what old SDKs are tried with. */
const productionKeyBits = 2_048;
const diagnosesPerS = { each: 5, together: 20 };
/** Somebody waits in front of the page, and nobody behind them. */
const pageDiagnosisMs = 5_000;

async function start(config: Config, log: Log): Promise<() => Promise<void>> {
  const sandboxClock = config.mode === "sandbox" ? new SettableClock() : undefined;
  const clock = sandboxClock ?? systemClock;
  await mkdir(config.dataDirectory, { recursive: true, mode: 0o700 });
  await chmod(config.dataDirectory, 0o700);
  const store = await openStore({
    databaseUrl: config.databaseUrl,
    dataDirectory: config.dataDirectory,
    connections: config.databaseConnections,
  });
  try {
    await migrate(store);
    await keepNumbersAhead(store);
    if (sandboxClock !== undefined) await restoreSandboxClock(store, sandboxClock);
    const masterKey = config.masterKey ?? (await readOrCreateMasterKey(join(config.dataDirectory, "master.key")));
    const vault = await openVault(store, masterKey, clock);
    await rehashNames({ store, vault, clock, log });
    const gatewayKeys = await openGatewayKeys(store, vault, clock, await openCertificateAuthority(store, vault, clock));
    const metrics = createMetrics();
    const passwords = openPasswordDesk({
      store,
      clock,
      vault,
      log,
      note: (kind, outcome) => metrics.notePassword(kind, outcome),
      record: async ({ kind, account: found, address }) => {
        const account = found === undefined ? `${kind} unknown` : nameInTrail(found);
        await appendAudit(
          { store, clock },
          { account, role: "", session: "", address, action: "sign-in", outcome: "refused" },
        );
      },
    });
    const apps = new AppDirectory(store, vault, clock, {
      leastKeyBits: config.mode === "production" ? productionKeyBits : undefined,
      readLimitMs: config.inquiryDeadlineMs,
    });
    const inquiries = openInquiryDesk(store, clock, { log, deadlineMs: config.inquiryDeadlineMs });
    const rescorer = openRescorer(store, clock, expertCard, { asOfMonth: config.asOfMonth, log });
    const tokens = new TokenDirectory(store, clock, config.inquiryDeadlineMs);
    const feedbackReaders = openFeedbackReaders(vault);
    const requestLog = openRequestLog({
      store,
      vault,
      clock,
      log,
      ...config.requestLog,
      keepsWhole: config.mode === "sandbox",
      noteLeftOut: () => metrics.noteLeftOut(),
    });
    let base = config.publicUrl ?? "";
    const baseUrl = (): string => base;
    const platform: Platform = {
      config,
      clock,
      log,
      store,
      vault,
      passwords,
      apps,
      gatewayKeys,
      tokens,
      inquiries,
      rescorer,
      requestLog,
      feedbackReaders,
      feedbackTurns: openFeedbackTurns(config.databaseConnections),
      baseUrl,
    };

    let ready = false;
    const parts = {
      config,
      gatewayKeys,
      platform,
      addressOf: createClientAddress(config.trustedProxies),
      bodyBudget: new BodyBudget({
        bodyLimitBytes: config.bodyLimitBytes,
        diskBytes: config.uploadsBytes,
        standsForMany: createProxyCheck(config.trustedProxies),
        onShort: (refused) =>
          log.warn({ refused }, "no room for more bodies of requests: too much is being sent at once"),
      }),
      limits: {
        address: createRateLimit(config.addressCallsPerS, clock),
        app: createRateLimit(config.appCallsPerS, clock),
        method: createRateLimit(config.methodCallsPerS, clock),
        diagnoses: createSharedRateLimit(diagnosesPerS, clock),
      },
      metrics,
      refusals: createRefusalLog(log, clock, () => metrics.noteUnlogged()),
      repeats: createRepeats(),
      answersOnDemand: config.mode === "sandbox" ? answerOnDemand : undefined,
      signatureDoctor: config.signatureDoctor ? openSignatureDoctor() : undefined,
    };
    // Of its own, with more time: no refusal waits for what somebody pasted into a page.
    const pageDoctor = config.mode === "sandbox" ? openSignatureDoctor({ diagnosisMs: pageDiagnosisMs }) : undefined;
    metrics.watchBodies(() => parts.bodyBudget.held());
    const missingOfStore = createStoreReadiness(store, log);
    const readiness = { missing: async () => (ready ? missingOfStore() : "starting") };
    const server = await createHttpServer(parts, readiness, (http) =>
      registerRoutes(http, platform, sandboxClock, pageDoctor),
    );
    const port = await listen(server, config, log);
    base = config.publicUrl ?? `http://${urlHost(config.host)}:${port}`;
    if (config.mode === "sandbox") {
      const sandbox = {
        gateway_url: base + gatewayPath,
        authorize_url: base + authorisePath,
        app_authorize_url: base + appAuthorisePath,
        console_url: `${base}/console/`,
        console_sign_in_url: await makeSignInLink(platform),
        ...(await seedSandbox(platform)),
      };
      const path = await writeSandboxFile(config.dataDirectory, sandbox);
      process.stdout.write(sandboxBanner(sandbox, path));
    } else {
      await rescorer.markAllIfStale();
    }
    const jobs = openJobs({ store, clock: systemClock, log });
    const scoringJob = startScoringJob({ jobs, store, clock, rescorer, log });
    const ledgerJob = startLedgerJob({ jobs, store, clock, log });
    const retentionJob = startRetentionJob({
      jobs,
      store,
      clock,
      adverseYears: config.adverseYears,
      asOfMonth: config.asOfMonth,
      log,
      noteDeleted: (records) => metrics.noteDeleted(records),
    });
    const expiryJob = startExpiryJob({ jobs, store, clock, log });
    const clockWatch = startClockWatch({
      store,
      clock: systemClock,
      log,
      noteDatabaseClock: (aheadUs) => metrics.noteDatabaseClock(aheadUs),
    });
    ready = true;
    log.info({ port, mode: config.mode, database: store.engine, card: rescorer.cardVersion }, "ready");

    return async () => {
      requestLog.endFollowers();
      await server.close();
      await scoringJob.stop();
      await ledgerJob.stop();
      await inquiries.idle();
      await requestLog.close();
      await feedbackReaders.close();
      await parts.signatureDoctor?.close();
      await pageDoctor?.close();
      await retentionJob.stop();
      await expiryJob.stop();
      clockWatch.stop();
      await store.close();
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Without a port of its own choosing, the first free one from 8080 on. */
async function listen(server: HttpServer, config: Config, log: Log): Promise<number> {
  if (config.port !== undefined) return server.listen({ host: config.host, port: config.port });
  for (let port = firstPort; port < firstPort + portsTried; port += 1) {
    try {
      return await server.listen({ host: config.host, port });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      log.info({ port }, "the port is taken; trying the next");
    }
  }
  throw new ConfigError(`no port from ${firstPort} to ${firstPort + portsTried - 1} is free; set KAIMEN_PORT`);
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}

/** The first signal ends what is under way and then the process; a second one ends it at once. */
function stopOnSignals(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping; once more to end at once");
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, "could not stop cleanly");
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
}

/** What to tell somebody whose start failed, without a stack where they can mend it themselves. */
function explain(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return "the port of KAIMEN_PORT is in use; choose another, or leave it out for the next free one";
  if (code === "EACCES") return `${message}; choose a port above 1023 and a KAIMEN_DATA that you may write`;
  return message;
}

try {
  const config = readConfig(process.env);
  const log = createLog(config.logLevel);
  for (const name of unknownSettings(process.env)) log.warn({ name }, "no such setting; is it misspelt?");
  for (const warning of startWarnings(config)) log.warn(warning);
  stopOnSignals(await start(config, log), log);
} catch (error) {
  process.stderr.write(`kaimen: ${explain(error)}\n`);
  if (process.env["KAIMEN_LOG_LEVEL"] === "debug") process.stderr.write(`${(error as Error).stack}\n`);
  process.exit(1);
}
