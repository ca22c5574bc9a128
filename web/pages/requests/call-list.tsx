import { Button, Empty, Skeleton } from "antd";
import { useEffect, useRef, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Shortcuts } from "../../parts/shortcuts.tsx";
import { beijingText } from "../../parts/values.tsx";
import { isSandbox } from "../../shell/environment-badge.tsx";
import { useText } from "../../shell/preferences.tsx";
import { type CallFilter, filterIn, filterNames, searchOf } from "./call-filter.ts";
import { CallFilters } from "./call-filters.tsx";
import { LiveButton } from "./live-button.tsx";
import { Traffic } from "./traffic.tsx";
import { type Call, useCalls } from "./use-calls.ts";

/** The call that was opened last: whoever comes back from it goes on there. */
let lastOpened: string | undefined;

export function CallList({ isOperator }: { isOperator: boolean }) {
  const t = useText();
  const navigate = useNavigate();
  const [search, setSearch] = useSearchParams();
  const filter = filterIn(search);
  const [isLive, setIsLive] = useState(true);
  const list = useCalls(filter, isLive);
  const rows = useRef<HTMLOListElement>(null);
  const isThere = list.isSuccess;
  useEffect(() => {
    if (!isThere || lastOpened === undefined) return;
    const row = rows.current?.querySelector<HTMLAnchorElement>(`a[href*="${lastOpened}"]`);
    lastOpened = undefined;
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "center" });
  }, [isThere]);

  const setFilter = (changed: CallFilter): void => setSearch(new URLSearchParams(Object.entries(changed)));
  const move = (by: 1 | -1): void => {
    const links = [...(rows.current?.querySelectorAll("a") ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    links[at === -1 ? 0 : Math.min(Math.max(at + by, 0), links.length - 1)]?.focus();
  };
  const hasFilter = filterNames.some((name) => filter[name] !== undefined);
  return (
    <section>
      <Shortcuts
        shortcuts={[
          { key: "/", title: t("搜索", "Search"), run: () => document.getElementById("call-search")?.focus() },
          { key: "j", title: t("下一条", "Next call"), run: () => move(1) },
          { key: "k", title: t("上一条", "Previous call"), run: () => move(-1) },
          {
            key: "Enter",
            title: t("打开", "Open"),
            run: () => void (document.activeElement instanceof HTMLElement && document.activeElement.click()),
          },
          { key: "p", title: t("暂停或继续实时更新", "Pause or go on"), run: () => setIsLive(!isLive) },
          { key: "e", title: t("错误分组", "Errors"), run: () => void navigate("/requests/errors") },
          { key: "x", title: t("清除筛选", "Clear the filters"), run: () => setFilter({}) },
        ]}
      />
      <CallFilters
        filter={filter}
        onChange={setFilter}
        isOperator={isOperator}
        actions={<LiveButton state={list.state} onToggle={() => setIsLive(!isLive)} />}
      />
      <Traffic filter={filter} />
      {list.isError && <ProblemAlert error={list.error} />}
      {list.isPending && (
        <div className="sheet" style={{ padding: 20 }}>
          <Skeleton active paragraph={{ rows: 8 }} title={false} />
        </div>
      )}
      {list.isSuccess && (
        <div className="sheet">
          <div className="calls-head" aria-hidden>
            <span>{t("时间 UTC+8", "Time UTC+8")}</span>
            <span>{t("结果", "Result")}</span>
            <span>{t("接口", "Method")}</span>
            <span>{t("应用 / 流水号", "App / transaction_id")}</span>
            <span className="call-took">{t("耗时", "Took")}</span>
          </div>
          <ol className="calls" ref={rows} aria-label={t("调用", "Calls")}>
            {list.calls.map((call) => (
              <li key={call.callNo}>
                <CallRow call={call} search={searchOf(filter)} />
              </li>
            ))}
          </ol>
          {list.calls.length === 0 && !list.hasNextPage && <NoCalls hasFilter={hasFilter} />}
          {list.hasNextPage && (
            <div className="more">
              <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t("更早的调用", "Earlier calls")}
              </Button>
            </div>
          )}
        </div>
      )}
      {list.kept !== undefined && list.kept.oldestAt !== null && (
        <p className="quiet">
          {t(
            `共保留 ${list.kept.calls} 次调用，最早 ${beijingText(list.kept.oldestAt)}（北京时间）。`,
            `${list.kept.calls} calls are kept, the oldest of ${beijingText(list.kept.oldestAt)} (Beijing time).`,
          )}
        </p>
      )}
    </section>
  );
}

function CallRow({ call, search }: { call: Call; search: string }) {
  const { at, traceId, method, appId, transactionId, durationMs } = call;
  const t = useText();
  const text = beijingText(at);
  return (
    <Link to={`/requests/${traceId}${search}`} className="call" onClick={() => void (lastOpened = traceId)}>
      <time className="call-at number" dateTime={at} title={`${text} UTC+8`}>
        {isToday(text) ? text.slice(11) : text.slice(5, 16)}
      </time>
      <CallCode call={call} />
      <span className="call-method mono">
        {method ?? <span className="quiet">{t("未知接口", "no such method")}</span>}
      </span>
      <span className="call-app mono" title={transactionId ?? appId ?? ""}>
        {transactionId ?? appId ?? <span className="quiet">{t("未知应用", "no such app")}</span>}
      </span>
      <span className="call-took number">{durationText(durationMs)}</span>
    </Link>
  );
}

const isToday = (text: string): boolean => text.slice(0, 10) === beijingText(Date.now()).slice(0, 10);

export function durationText(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** What came of a call, by its code; shape and words say it, not the colour alone. */
export function CallCode({ call }: { call: Pick<Call, "code" | "subCode" | "outcome"> }) {
  const t = useText();
  const { code, subCode, outcome } = call;
  const isGood = outcome === "answered" || outcome === "repeated";
  return (
    <span className={isGood ? "call-code good" : "call-code refused bad"} title={`${code} ${subCode ?? ""}`}>
      <span>
        {subCode ?? code}
        {outcome === "repeated" && <span className="quiet"> {t("重复", "repeat")}</span>}
      </span>
    </span>
  );
}

function NoCalls({ hasFilter }: { hasFilter: boolean }) {
  const t = useText();
  const text = hasFilter
    ? t("没有符合条件的调用：放宽或清除筛选（x）。", "No call fits: widen the filters, or clear them (x).")
    : isSandbox
      ? t(
          "还没有调用：用任意 SDK 调用网关，或运行 npx kaimen call，这里立即出现。",
          "No calls yet: call the gateway with any SDK, or run npx kaimen call; it shows here at once.",
        )
      : t("还没有调用。", "No calls yet.");
  return (
    <div style={{ padding: 32 }}>
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text} />
    </div>
  );
}
