import { Button } from "antd";
import { useText } from "../../shell/preferences.tsx";
import type { LiveState } from "./use-calls.ts";

/** Whether new calls come by themselves, and the switch for it. */
export function LiveButton({ state, onToggle }: { state: LiveState; onToggle: () => void }) {
  const t = useText();
  const texts: Record<LiveState, string> = {
    live: t("实时", "Live"),
    connecting: t("连接中", "Connecting"),
    broken: t("已断开，重试中", "Cut off, trying again"),
    paused: t("已暂停", "Paused"),
  };
  return (
    <Button onClick={onToggle} aria-pressed={state !== "paused"} title={t("暂停或继续（p）", "Pause or go on (p)")}>
      <span className="live">
        <span className={`live-dot is-${state}`} aria-hidden />
        {texts[state]}
      </span>
    </Button>
  );
}
