import type { FastifyInstance } from "fastify";
import type { SettableClock } from "./clock.ts";
import { registerAuthorising } from "./consent/pages/authorising.ts";
import { merchantConsent } from "./consent/pages/merchant-consent.ts";
import { merchantPage } from "./consent/pages/merchant-page.ts";
import { registerOwnPage } from "./consent/pages/own-page.ts";
import { registerStylesheet } from "./consent/pages/sessions.ts";
import { userConsent } from "./consent/pages/user-consent.ts";
import { userPage } from "./consent/pages/user-page.ts";
import { registerChangeLog } from "./console/change-log.ts";
import { registerDownloads } from "./console/downloads.ts";
import { registerErrorPages } from "./console/error-pages.ts";
import { registerPages } from "./console/pages.ts";
import { registerConsoleRoutes } from "./console/register-routes.ts";
import { consoleRoutes } from "./console/routes/index.ts";
import type { SignatureDoctor } from "./gateway/signature-doctor/doctor.ts";
import { errorPagePath } from "./gateway/solution-address.ts";
import { delegableMethods } from "./methods/index.ts";
import type { Platform } from "./platform.ts";
import { sandboxRoutes } from "./sandbox/routes.ts";
import { explainPerson } from "./scoring/replay.ts";

/** Every page and every API beside the gateway. The sandbox's are there only where it has a clock to set. */
export function registerRoutes(
  http: FastifyInstance,
  platform: Platform,
  sandboxClock: SettableClock | undefined,
  doctor?: SignatureDoctor,
): void {
  const { config, clock, store, vault, passwords, apps } = platform;
  const parts = { store, clock, vault, passwords };
  const routes = [...consoleRoutes, ...(sandboxClock === undefined ? [] : sandboxRoutes(sandboxClock, doctor))];

  registerConsoleRoutes(http, routes, platform);
  registerChangeLog(http, platform.log);
  registerStylesheet(http);
  registerAuthorising(http, apps, userConsent({ ...parts, days: config.authorisationDays, pkce: config.pkce }));
  registerAuthorising(http, apps, merchantConsent({ ...parts, methods: delegableMethods() }));
  registerOwnPage(http, userPage({ ...parts, scoreOf: (person) => explainPerson(store, person) }));
  registerOwnPage(http, merchantPage({ ...parts, methods: delegableMethods() }));

  registerErrorPages(http, errorPagePath, platform);
  registerPages(http, config.mode);
  registerDownloads(http, platform);
}
