import type { Config, SettingName } from "../config.ts";
import { monthToText } from "../clock.ts";

const megabyte = 1_048_576;
const onOff = (value: boolean): string => (value ? "on" : "off");

/**
 * What each setting is on this server, in the words in which it is set, whatever it was left to. A setting that is not here
 * is an error of the compiler. Secrets are told as "set".
 */
const shown: Readonly<Record<SettingName, (config: Config) => string>> = {
  KAIMEN_MODE: ({ mode }) => mode,
  KAIMEN_HOST: ({ host }) => host,
  KAIMEN_PORT: ({ port }) => String(port ?? ""),
  KAIMEN_DATA: ({ dataDirectory }) => dataDirectory,
  DATABASE_URL: ({ databaseUrl }) => databaseOf(databaseUrl),
  KAIMEN_MASTER_KEY: ({ masterKey }) => (masterKey === undefined ? "" : "set"),
  KAIMEN_PUBLIC_URL: ({ publicUrl }) => publicUrl ?? "",
  KAIMEN_TRUSTED_PROXIES: ({ trustedProxies }) => trustedProxies.join(","),
  KAIMEN_GATEWAY_PROFILE: ({ gatewayProfile }) => gatewayProfile,
  KAIMEN_ECHO_REQUESTS: ({ echoRequests }) => onOff(echoRequests),
  KAIMEN_SIGN_TYPES: ({ signTypes }) => signTypes.join(","),
  KAIMEN_PKCE: ({ pkce }) => pkce,
  KAIMEN_SECOND_PERSON: ({ secondPerson }) => onOff(secondPerson),
  KAIMEN_TIMESTAMP_WINDOW_H: ({ timestampWindowH }) => String(timestampWindowH),
  KAIMEN_SIGNATURE_DOCTOR: ({ signatureDoctor }) => onOff(signatureDoctor),
  KAIMEN_DISABLED_METHODS: ({ disabledMethods }) => disabledMethods.join(","),
  KAIMEN_APP_CALLS_PER_S: ({ appCallsPerS }) => String(appCallsPerS),
  KAIMEN_METHOD_CALLS_PER_S: ({ methodCallsPerS }) => String(methodCallsPerS),
  KAIMEN_ADDRESS_CALLS_PER_S: ({ addressCallsPerS }) => String(addressCallsPerS),
  KAIMEN_AS_OF: ({ asOfMonth }) => (asOfMonth === undefined ? "" : monthToText(asOfMonth)),
  KAIMEN_BODY_LIMIT_MB: ({ bodyLimitBytes }) => String(bodyLimitBytes / megabyte),
  KAIMEN_UPLOADS: ({ uploadsBytes, bodyLimitBytes }) => String(uploadsBytes / bodyLimitBytes),
  KAIMEN_BODY_TIMEOUT_MS: ({ bodyTimeoutMs }) => String(bodyTimeoutMs),
  KAIMEN_CONNECTIONS: ({ connections }) => String(connections),
  KAIMEN_DATABASE_CONNECTIONS: ({ databaseConnections }) => String(databaseConnections),
  KAIMEN_SCORE_WAIT_MS: ({ scoreWaitMs }) => String(scoreWaitMs),
  KAIMEN_INQUIRY_DEADLINE_MS: ({ inquiryDeadlineMs }) => String(inquiryDeadlineMs),
  KAIMEN_ADMITTANCE_SCORES: ({ admittanceScores }) => String(admittanceScores),
  KAIMEN_ACCESS_TOKEN_S: ({ accessTokenS }) => String(accessTokenS),
  KAIMEN_REFRESH_TOKEN_S: ({ refreshTokenS }) => String(refreshTokenS),
  KAIMEN_AUTHORISATION_DAYS: ({ authorisationDays }) => String(authorisationDays),
  KAIMEN_REFUSED_DAYS: ({ refusedDays }) => String(refusedDays),
  KAIMEN_ADVERSE_YEARS: ({ adverseYears }) => String(adverseYears),
  KAIMEN_REQUEST_LOG_CALLS: ({ requestLog }) => String(requestLog.calls),
  KAIMEN_REQUEST_LOG_PER_S: ({ requestLog }) => String(requestLog.answeredPerS),
  KAIMEN_REQUEST_LOG_MB: ({ requestLog }) => String(requestLog.wholeBytes / megabyte),
  KAIMEN_LOG_LEVEL: ({ logLevel }) => logLevel,
};

/** Host and name of the database: its address may hold a password, as part of it or as a parameter. */
function databaseOf(databaseUrl: string | undefined): string {
  if (databaseUrl === undefined) return "";
  if (!URL.canParse(databaseUrl)) return "set";
  const { protocol, host, pathname } = new URL(databaseUrl);
  return `${protocol}//${host}${pathname}`;
}

export function runningSettings(config: Config): { name: SettingName; value: string }[] {
  return (Object.keys(shown) as SettingName[]) // The keys of the record.
    .map((name) => ({ name, value: shown[name](config) }));
}
