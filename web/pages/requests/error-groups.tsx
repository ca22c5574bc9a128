import { Empty, Skeleton } from "antd";
import { Link, useNavigate, useSearchParams } from "react-router";
import { useAsk } from "../../api/queries.ts";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Shortcuts } from "../../parts/shortcuts.tsx";
import { Time } from "../../parts/values.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { type CallFilter, filterIn, queryOf, searchOf } from "./call-filter.ts";
import { MethodChoice, PeriodChoice } from "./call-filters.tsx";

const refreshMs = 10_000;

/** Refused calls by method and code, the most frequent first: how many, since when, why, and the last of them. */
export function ErrorGroups() {
  const t = useText();
  const navigate = useNavigate();
  const say = useBilingual();
  const [search, setSearch] = useSearchParams();
  const { method, from, appId } = filterIn(search);
  const filter: CallFilter = {
    ...(method === undefined ? {} : { method }),
    ...(from === undefined ? {} : { from }),
    ...(appId === undefined ? {} : { appId }),
  };
  const asked = useAsk("GET /api/requests/errors", { query: queryOf(filter) }, { refetchInterval: refreshMs });
  const set = (name: "method" | "from", value: string | undefined): void => {
    const { [name]: _, ...rest } = filter;
    setSearch(new URLSearchParams(Object.entries(value === undefined ? rest : { ...rest, [name]: value })));
  };
  return (
    <section>
      <Shortcuts shortcuts={[{ key: "c", title: t("全部调用", "All calls"), run: () => void navigate("/requests") }]} />
      <div className="search-row">
        <MethodChoice value={method} onChange={(value) => set("method", value)} />
        <PeriodChoice value={from} onChange={(value) => set("from", value)} />
      </div>
      {asked.isError && <ProblemAlert error={asked.error} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 6 }} title={false} />}
      {asked.data !== undefined && (
        <div className="sheet">
          <ol className="calls" aria-label={t("错误", "Errors")}>
            {asked.data.errors.map(({ method: of, code, subCode, calls, apps, firstAt, lastAt, lastTraceId, why }) => (
              <li key={`${of ?? ""} ${subCode}`} className="error-group">
                <div>
                  <div className="error-count number">{calls.toLocaleString("en")}</div>
                  <div className="quiet">{t(`${apps} 个应用`, apps === 1 ? "1 app" : `${apps} apps`)}</div>
                </div>
                <div>
                  <Link to={`/requests${searchOf({ ...filter, subCode, ...(of === null ? {} : { method: of }) })}`}>
                    <strong className="mono">{subCode}</strong>
                  </Link>{" "}
                  <span className="quiet mono">
                    {code} · {of ?? t("未知接口", "no such method")}
                  </span>
                  {why !== null && (
                    <p>
                      {say(why.cause)} <span className="quiet">{say(why.remedy)}</span>
                    </p>
                  )}
                </div>
                <div className="error-last">
                  <Time at={lastAt} />
                  <div className="quiet">
                    {t("首次 ", "first ")}
                    <Time at={firstAt} />
                  </div>
                  <Link to={`/requests/${lastTraceId}`}>{t("看最近一次", "See the last one")}</Link>
                </div>
              </li>
            ))}
          </ol>
          {asked.data.errors.length === 0 && (
            <div style={{ padding: 32 }}>
              <Empty
                image={Empty.PRESENTED_IMAGE_SIMPLE}
                description={t("没有被拒绝的调用。", "No call was refused.")}
              />
            </div>
          )}
        </div>
      )}
    </section>
  );
}
