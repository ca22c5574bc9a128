import { addressBlockOf } from "../address-block.ts";
import { isAside } from "../keys/aside-file.ts";
import { type Diagnosis, diagnoseSignature } from "../sandbox/signature-doctor.ts";
import type { RawParameter } from "../protocol/parameters.ts";
import type { Exchange } from "./exchange.ts";
import type { GatewayParts } from "./parts.ts";

const otherAppsLimit = 50;

/**
 * Why a signature does not verify, in a sentence for the reply: in the sandbox only, since a stranger may be asking. The
 * operator reads the names of the findings in the log, and no value of any parameter. So many a second and no more.
 */
export async function examineSignature(
  exchange: Exchange,
  parts: GatewayParts,
  parameters: readonly RawParameter[],
): Promise<string | undefined> {
  if (!parts.limits.examinations.allows(addressBlockOf(parts.addressOf(exchange.http)))) return undefined;
  const { app, traceId, signType } = exchange;
  const { log, config } = parts.platform;
  const diagnosis = diagnoseSignature({
    parameters,
    // One that was put aside is too large for anybody to have signed it.
    files: (exchange.multipart?.files ?? []).flatMap(({ content, ...file }) => (isAside(content) ? [] : [{ ...file, content }])),
    sign: exchange.parameter("sign") ?? "",
    signType,
    appKeys: app.publicKeys,
    gatewayKeys: parts.gatewayKeys.publicKeys,
    otherApps: await parts.apps.otherKeys(app.appId, otherAppsLimit),
  });
  const names = diagnosis.findings.map(({ name }) => name);
  log.warn(
    { trace_id: traceId, app_id: app.appId, findings: names, differs_at: diagnosis.differsAt, differs_in: parameterAt(diagnosis) },
    "a signature does not verify",
  );
  return config.mode === "sandbox" ? `诊断：${diagnosis.findings.map(({ zh }) => zh).join("；")}（${names.join("、")}）` : undefined;
}

/** The name of the parameter in which what was signed begins to differ from what was expected. */
function parameterAt({ expected, differsAt }: Diagnosis): string | undefined {
  if (differsAt === undefined) return undefined;
  const before = expected.slice(0, differsAt + 1);
  return /(?:^|&)([A-Za-z_][\w.]{0,63})(?:=[^&]*)?$/.exec(before)?.[1];
}
