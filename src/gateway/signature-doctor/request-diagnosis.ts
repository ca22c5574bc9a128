import { addressBlockOf } from "../../address-block.ts";
import { isAside } from "../../keys/aside-file.ts";
import { profileDoes } from "../../protocol/gateway-profile.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";
import type { SignatureDoctor } from "./doctor.ts";
import type { DiagnosisRequest } from "./diagnosis-protocol.ts";
import { signedFilesLimit } from "./hypotheses.ts";

const otherAppsLimit = 50;
/** How long all parameters may be together, in bytes: longer requests are refused without a diagnosis. */
const parametersLimit = 65_536;
/** A longer file nobody will have signed. */
const fileLimit = 65_536;

/**
 * Why a signature does not verify, in a sentence for the reply: in a profile that explains only, since a stranger may be asking. The
 * operator reads the names of the findings in the log, and no value of any parameter. So many a second and no more, and
 * none where the doctor is switched off.
 */
export async function requestDiagnosis(
  exchange: Exchange,
  parts: GatewayParts,
  parameters: readonly RawParameter[],
): Promise<string | undefined> {
  const { config, signatureDoctor, limits, platform, addressOf } = parts;
  if (
    signatureDoctor === undefined ||
    !signatureDoctor.hasRoom() ||
    lengthOf(parameters) > parametersLimit ||
    !limits.diagnoses.allows(addressBlockOf(addressOf(exchange.http)))
  )
    return undefined;
  const diagnosis = diagnose(exchange, parts, signatureDoctor, parameters).catch((error: unknown) => {
    platform.log.error({ err: error, trace_id: exchange.traceId }, "a signature could not be examined");
    return undefined;
  });
  // Where the reply does not say it, nobody waits for it.
  return profileDoes(config.gatewayProfile, "explainsSignatures") && config.echoRequests ? diagnosis : undefined;
}

async function diagnose(
  exchange: Exchange,
  { platform: { apps, gatewayKeys, log } }: GatewayParts,
  doctor: SignatureDoctor,
  parameters: readonly RawParameter[],
): Promise<string | undefined> {
  const { app, traceId, signType } = exchange;
  const summary = await doctor.diagnose({
    parameters,
    files: filesOf(exchange),
    sign: exchange.parameter("sign") ?? "",
    signType,
    appKeys: app.publicKeys,
    gatewayKeys: gatewayKeys.publicKeys,
    otherApps: await apps.otherKeys(app.appId, otherAppsLimit),
  });
  if (summary === undefined) return undefined;
  if (summary === "too_long") {
    log.warn(
      { trace_id: traceId, app_id: app.appId },
      "a signature does not verify, and finding out why took too long",
    );
    return "诊断：用时过长，已停止；可在本机运行 kaimen doctor signature（took_too_long）";
  }
  const { findings, differsAt, differsIn } = summary;
  const names = findings.map(({ name }) => name);
  log.warn(
    { trace_id: traceId, app_id: app.appId, findings: names, differs_at: differsAt, differs_in: differsIn },
    "a signature does not verify",
  );
  return `诊断：${findings.map(({ zh }) => zh).join("；")}（${names.join("、")}）`;
}

function lengthOf(parameters: readonly RawParameter[]): number {
  return parameters.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
}

function filesOf({ multipart }: Exchange): DiagnosisRequest["files"] {
  const files = (multipart?.files ?? []).flatMap(({ name, filename, content }) => {
    // A file that was put aside is too large in any case.
    return isAside(content) || content.length > fileLimit ? [] : [{ name, filename, content }];
  });
  return files.slice(0, signedFilesLimit);
}
