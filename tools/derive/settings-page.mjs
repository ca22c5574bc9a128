import { code, nothing, page, prose, table } from "./markdown.mjs";

/** @typedef {{ default: string, meaning: string, least?: number, most?: number }} Setting */

/** @param {Readonly<Record<string, Setting>>} settings @param {readonly import("#kaimen/start-checks.ts").StartCheck[]} startChecks */
export function settingsPage(settings, startChecks) {
  return page("src/config.ts and src/start-checks.ts", [
    "# Settings 配置项",
    "Kaimen is set up by environment variables alone, read once at the start. An empty value counts as unset. A value that cannot be used stops the start with a message that says what to write; a variable that begins with `KAIMEN_` and is not listed here is warned of, since it is most likely misspelt.",
    "开门只通过环境变量配置，启动时读取一次；空值视为未设置。取值无效时启动失败并提示应填内容；以 `KAIMEN_` 开头但不在下表中的变量会在启动时告警。",
    table(
      ["Setting 变量", "Default 默认值", "Bounds 取值范围", "Meaning 含义"],
      Object.entries(settings).map(([name, setting]) => [
        code(name),
        setting.default === "" ? nothing : code(setting.default),
        boundsOf(setting),
        prose(setting.meaning),
      ]),
    ),
    "## What a start is refused or warned for 启动检查",
    "Settings that are each well written may still not go together. These are looked for at every start.\n\n各项取值均合法，组合起来仍可能不安全；每次启动都会检查以下情形。",
    table(
      ["Found 情形", "The start is 启动时", "What it says 提示"],
      startChecks.map(({ found, outcome, sentence }) => [
        prose(found),
        outcome === "refused" ? "refused 拒绝" : "warned of 告警",
        prose(sentence),
      ]),
    ),
  ]);
}

/** @param {Setting} setting */
function boundsOf({ least, most }) {
  if (least === undefined && most === undefined) return nothing;
  return `${least?.toLocaleString("en-US") ?? ""} to ${most?.toLocaleString("en-US") ?? ""}`;
}
