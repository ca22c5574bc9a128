import type { FastifyInstance } from "fastify";
import type { SettableClock } from "./clock.ts";
import { registerAuthorising } from "./consent/pages/authorising.ts";
import { merchantConsent } from "./consent/pages/merchant-consent.ts";
import { merchantPage } from "./consent/pages/merchant-page.ts";
import { registerOwnPage } from "./consent/pages/own-page.ts";
import { registerStylesheet } from "./consent/pages/sessions.ts";
import { authorisePath, userConsent } from "./consent/pages/user-consent.ts";
import { userPage } from "./consent/pages/user-page.ts";
import { registerArrangementApi } from "./console/arrangement-routes.ts";
import { registerCardApi } from "./console/card-routes.ts";
import { registerDirectoryApi } from "./console/directory-routes.ts";
import { registerFeedbackApi } from "./console/feedback-routes.ts";
import { registerGuard } from "./console/guard.ts";
import { registerKeyRoutes } from "./console/keys.ts";
import { registerLedgerApi } from "./console/ledger-routes.ts";
import { registerOverview } from "./console/overview.ts";
import { registerPeopleApi } from "./console/people-routes.ts";
import { registerChangeLog } from "./console/change-log.ts";
import { registerConsoleApi } from "./console/routes.ts";
import { gatewayPath } from "./gateway/server.ts";
import { delegableMethods, methods } from "./methods/index.ts";
import type { Platform } from "./platform.ts";
import { registerSandboxClock } from "./sandbox/clock.ts";
import { registerSandboxApi } from "./sandbox/routes.ts";
import { sandboxMerchantId } from "./sandbox/seed.ts";
import { explainPerson } from "./scoring/replay.ts";

/** Every page and every API beside the gateway. The sandbox's are there only where it has a clock to set. */
export function registerRoutes(
  http: FastifyInstance,
  platform: Platform,
  sandboxClock: SettableClock | undefined,
): void {
  const { config, clock, store, vault, passwords, apps, gatewayKeys, baseUrl } = platform;
  const ownMerchantId = sandboxClock === undefined ? undefined : sandboxMerchantId;

  registerGuard(http, platform);
  registerChangeLog(http, platform.log);
  registerStylesheet(http);
  registerAuthorising(
    http,
    apps,
    userConsent({ store, clock, passwords, days: config.authorisationDays, pkce: config.pkce }),
  );
  registerAuthorising(http, apps, merchantConsent({ store, clock, passwords, methods: delegableMethods() }));
  registerOwnPage(http, userPage({ store, clock, passwords, scoreOf: (person) => explainPerson(store, person) }));
  registerOwnPage(http, merchantPage({ store, clock, passwords, methods: delegableMethods() }));

  registerOverview(http, { mode: config.mode, gatewayPath, authorisePath });
  registerConsoleApi(http, { apps, gatewayKeys, sandboxMerchantId: ownMerchantId, methodNames: [...methods.keys()] });
  registerKeyRoutes(http, { apps, gatewayKeys });
  registerDirectoryApi(http, { store, vault, clock });
  registerArrangementApi(http, { store });
  registerLedgerApi(http, { store, clock, vault, baseUrl, sandboxMerchantId: ownMerchantId });
  registerCardApi(http, platform);
  registerPeopleApi(http, platform);
  registerFeedbackApi(http, platform);

  if (sandboxClock === undefined) return;
  registerSandboxApi(http, platform);
  registerSandboxClock(http, store, sandboxClock);
}
