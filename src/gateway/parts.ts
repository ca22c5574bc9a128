import type { Config } from "../config.ts";
import type { GatewayKeys } from "../merchants/gateway-keys.ts";
import type { Platform } from "../platform.ts";
import type { BodyBudget } from "./body/body-budget.ts";
import type { CallLimits } from "./call-limits.ts";
import type { ClientAddress } from "./client-address.ts";
import type { Metrics } from "./metrics.ts";
import type { RefusalLog } from "./refusal-log.ts";
import type { Repeats } from "./repeats/repeats.ts";
import type { AnswerOnDemand } from "./demand.ts";
import type { SignatureDoctor } from "./signature-doctor/doctor.ts";

/** What the steps of the pipeline work with. */
export interface GatewayParts {
  readonly config: Config;
  readonly gatewayKeys: GatewayKeys;
  readonly platform: Platform;
  readonly addressOf: ClientAddress;
  readonly bodyBudget: BodyBudget;
  readonly limits: CallLimits;
  readonly metrics: Metrics;
  readonly refusals: RefusalLog;
  readonly repeats: Repeats;
  /** What a sandbox is asked for by a transaction_id; undefined in production. */
  readonly answersOnDemand: AnswerOnDemand | undefined;
  /** The signature doctor; undefined where KAIMEN_SIGNATURE_DOCTOR switches it off. */
  readonly signatureDoctor: SignatureDoctor | undefined;
}
