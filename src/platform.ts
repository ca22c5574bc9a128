import type { PasswordDesk } from "./accounts/password-desk.ts";
import type { Clock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { TokenDirectory } from "./consent/token-directory.ts";
import type { RunInTurn } from "./feedback/batches/turns.ts";
import type { FeedbackReaders } from "./feedback/reading/readers.ts";
import type { InquiryDesk } from "./inquiry/inquire.ts";
import type { Vault } from "./keys/vault.ts";
import type { Log } from "./log.ts";
import type { AppDirectory } from "./merchants/apps.ts";
import type { GatewayKeys } from "./merchants/gateway-keys.ts";
import type { RequestLog } from "./request-log/request-log.ts";
import type { Rescorer } from "./scoring/rescore.ts";
import type { Store } from "./store/store.ts";

/** What every handler may use, of the gateway, the console and the sandbox alike; made once, in main.ts. */
export interface Platform {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly vault: Vault;
  readonly passwords: PasswordDesk;
  readonly apps: AppDirectory;
  readonly gatewayKeys: GatewayKeys;
  readonly tokens: TokenDirectory;
  readonly inquiries: InquiryDesk;
  readonly rescorer: Rescorer;
  readonly requestLog: RequestLog;
  readonly feedbackReaders: FeedbackReaders;
  readonly feedbackTurns: RunInTurn;
  /** Where callers reach this server, without a slash at the end; known once it listens. */
  readonly baseUrl: () => string;
}
