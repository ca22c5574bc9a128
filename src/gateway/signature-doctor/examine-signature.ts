import { addressBlockOf } from "../../address-block.ts";
import { isAside } from "../../keys/aside-file.ts";
import type { RawParameter } from "../../protocol/parameters.ts";
import type { Exchange } from "../exchange.ts";
import type { GatewayParts } from "../parts.ts";
import type { SignatureDoctor } from "./doctor.ts";
import type { ExaminationRequest } from "./examination.ts";

const otherAppsLimit = 50;
/** Of all parameters together: requests that are longer are refused without a diagnosis. */
const parametersLimit = 65_536;
/** Longer files, and more of them, nobody will have signed. */
const fileLimit = 65_536;
const filesLimit = 4;

/**
 * Why a signature does not verify, in a sentence for the reply: in the sandbox only, since a stranger may be asking. The
 * operator reads the names of the findings in the log, and no value of any parameter. So many a second and no more, and
 * none where the doctor is switched off.
 */
export async function examineSignature(
  exchange: Exchange,
  parts: GatewayParts,
  parameters: readonly RawParameter[],
): Promise<string | undefined> {
  const { signatureDoctor, limits, platform, addressOf } = parts;
  if (
    signatureDoctor === undefined ||
    !signatureDoctor.hasRoom() ||
    lengthOf(parameters) > parametersLimit ||
    !limits.examinations.allows(addressBlockOf(addressOf(exchange.http)))
  )
    return undefined;
  const examined = examine(exchange, parts, signatureDoctor, parameters).catch((error: unknown) => {
    platform.log.error({ err: error, trace_id: exchange.traceId }, "a signature could not be examined");
    return undefined;
  });
  // Where the reply does not say it, nobody waits for it.
  return platform.config.mode === "sandbox" ? examined : undefined;
}

async function examine(
  exchange: Exchange,
  { platform: { apps, gatewayKeys, log } }: GatewayParts,
  doctor: SignatureDoctor,
  parameters: readonly RawParameter[],
): Promise<string | undefined> {
  const { app, traceId, signType } = exchange;
  const examination = await doctor.examine({
    parameters,
    files: filesOf(exchange),
    sign: exchange.parameter("sign") ?? "",
    signType,
    appKeys: app.publicKeys,
    gatewayKeys: gatewayKeys.publicKeys,
    otherApps: await apps.otherKeys(app.appId, otherAppsLimit),
  });
  if (examination === undefined) return undefined;
  if (examination === "too_long") {
    log.warn(
      { trace_id: traceId, app_id: app.appId },
      "a signature does not verify, and finding out why took too long",
    );
    return "诊断：用时过长，已停止；可在本机运行 kaimen doctor signature（took_too_long）";
  }
  const { findings, differsAt, differsIn } = examination;
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

function filesOf({ multipart }: Exchange): ExaminationRequest["files"] {
  const files = (multipart?.files ?? []).flatMap(({ name, filename, content }) => {
    // One that was put aside is too large in any case.
    return isAside(content) || content.length > fileLimit ? [] : [{ name, filename, content }];
  });
  return files.slice(0, filesLimit);
}
