import { Tag, Tooltip } from "antd";
import { useAsk } from "../api/queries.ts";
import { useText } from "./preferences.tsx";

/** As the server wrote it into the page. */
export const isSandbox = document.querySelector<HTMLMetaElement>('meta[name="kaimen-mode"]')?.content !== "production";

const clockRefreshMs = 30_000;

/** Sandbox or production, at all times; in a sandbox with the time that it plays. */
export function EnvironmentBadge() {
  const t = useText();
  const clock = useAsk("GET /api/sandbox/clock", {}, { enabled: isSandbox, refetchInterval: clockRefreshMs });
  if (!isSandbox)
    return (
      <Tag color="error" variant="filled">
        {t("生产环境", "Production")}
      </Tag>
    );
  const ahead = clock.data?.aheadS ?? 0;
  return (
    <Tooltip
      title={
        ahead > 0
          ? t(`测试时钟比实际快 ${ahead} 秒`, `The test clock is ${ahead} seconds ahead`)
          : t("测试时钟与实际一致", "The test clock shows the real time")
      }
    >
      <Tag color={ahead > 0 ? "warning" : "success"} variant="filled" tabIndex={0} className="environment">
        {t("沙箱", "Sandbox")}
        {clock.data !== undefined && <span className="environment-clock">{clock.data.now.slice(0, 16)} UTC+8</span>}
      </Tag>
    </Tooltip>
  );
}
