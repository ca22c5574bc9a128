import { code, nothing, page, prose, table } from "./markdown.mjs";

/** @typedef {{ default: string, meaning: string, least?: number, most?: number }} Setting */

/** @param {Readonly<Record<string, Setting>>} settings */
export function settingsPage(settings) {
  return page("src/config.ts", [
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
  ]);
}

/** @param {Setting} setting */
function boundsOf({ least, most }) {
  if (least === undefined && most === undefined) return nothing;
  return `${least?.toLocaleString("en-US") ?? ""} to ${most?.toLocaleString("en-US") ?? ""}`;
}
