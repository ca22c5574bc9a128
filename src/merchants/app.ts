import type { KeyObject } from "node:crypto";
import type { Instant } from "../clock.ts";
import type { SignType } from "../protocol/signing.ts";

/** What becomes of a feedback file with bad records: nothing of it is stored, or the good ones are. */
export const feedbackPolicies = ["whole_file", "accept_valid"] as const;
export type FeedbackPolicy = (typeof feedbackPolicies)[number];

/** By which id an app is told who a user is: apps that the real platform made before open_id have user_id. */
export const userIdentities = ["user_id", "open_id"] as const;
export type UserIdentity = (typeof userIdentities)[number];

/** An app (应用): what a merchant's developers call with. */
export interface App {
  readonly appId: string;
  /** Another one as soon as anything about the app or its merchant has changed. */
  readonly revision: string;
  readonly merchantId: string;
  readonly name: string;
  /** Verify the app's requests: the current one, then the next one while keys are changed. Parsed once, not per call. */
  readonly publicKeys: readonly KeyObject[];
  readonly certificate: AppCertificate | undefined;
  /** Opens encrypted requests and closes their replies. */
  readonly encryptKey: Uint8Array | undefined;
  readonly signTypes: readonly SignType[];
  /** What an empty sign_type stands for. */
  readonly defaultSignType: SignType | undefined;
  /** Undefined permits every method. */
  readonly permittedMethods: readonly string[] | undefined;
  /** Whether other merchants may authorise it to act for them. */
  readonly actsForMerchants: boolean;
  /** Whether it may call for its own merchant. */
  readonly selfInvoke: boolean;
  /** Whether it has been published: one that is not is refused whatever it calls. */
  readonly online: boolean;
  /** Methods that it has lost, or the one word all. */
  readonly punishedMethods: readonly string[];
  readonly userIdentity: UserIdentity;
  /** The app itself: nothing of it counts for now. */
  readonly suspended: boolean;
  /** Its merchant, and every app of that merchant with it. */
  readonly merchantSuspended: boolean;
  /** The platform key that the app was given, which signs its replies. */
  readonly gatewayKeyId: string;
  /** Where users may be sent back to; see redirectAllowed. */
  readonly redirectUris: readonly string[];
  readonly template: string;
  readonly feedbackPolicy: FeedbackPolicy;
}

export interface AppCertificate {
  readonly pem: string;
  /** What the app's requests carry as app_cert_sn. */
  readonly sn: string;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  /** Whether the app calls in certificate mode only. */
  readonly required: boolean;
}

/** Why an app cannot be added or changed; the text is for the operator. */
export class AppError extends Error {
  override readonly name = "AppError";
  /** A conflict is with what there is already. */
  readonly code: "refused" | "conflict";

  constructor(message: string, code: "refused" | "conflict" = "refused") {
    super(message);
    this.code = code;
  }
}

export const appIdPattern = /^[A-Za-z0-9_-]{1,32}$/;
