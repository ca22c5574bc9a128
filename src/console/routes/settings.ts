import { Type } from "typebox";
import { settings } from "../../config.ts";
import * as field from "../fields.ts";
import { defineRoute, operatorsWho } from "../route.ts";
import { runningSettings } from "../running-settings.ts";

export const listSettingsRoute = defineRoute(
  {
    method: "GET",
    path: "/api/settings",
    title: { en: "Every setting as this server runs with it", zh: "运行中的配置" },
    doc: "Of a secret only that it is set; of the database's address host and name.",
    who: operatorsWho("audit:read"),
    reply: field.object({
      settings: Type.Array(
        field.object({
          name: Type.String({ description: "the environment variable" }),
          value: Type.String({ description: "empty for nothing" }),
          default: Type.String({ description: "empty where it depends on the mode, or is nothing" }),
          meaning: Type.String(),
        }),
      ),
    }),
    action: "settings.read",
  },
  async (_, { config }) => ({
    settings: runningSettings(config).map((each) => {
      const { default: usual, meaning } = settings[each.name];
      return { ...each, default: usual, meaning };
    }),
  }),
);
