import { gatewayProfiles, profileRows } from "#kaimen/protocol/gateway-profile.ts";
import { both, code, page, paragraphs, prose, table } from "./markdown.mjs";

const names = /** @type {(keyof typeof gatewayProfiles)[]} */ (Object.keys(gatewayProfiles));

export function profilesPage() {
  return page("src/protocol/gateway-profile.ts", [
    "# Profiles of the gateway 网关模式",
    "`KAIMEN_GATEWAY_PROFILE` says whom the gateway imitates. What stands in no row below is the same in all profiles.",
    "`KAIMEN_GATEWAY_PROFILE` 决定网关模仿的对象；下文未列出的行为在各模式下相同。",
    ...names.flatMap((name) => [`## ${name}`, paragraphs(gatewayProfiles[name])]),
    "## What differs 差异",
    table(
      ["", ...names.map(code), "Known from 依据"],
      Object.entries(profileRows).map(([name, row]) => [
        code(name),
        ...names.map((profile) => both(row[profile] ? row.yes : row.no)),
        prose(row.evidence),
      ]),
    ),
  ]);
}
