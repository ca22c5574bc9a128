import { Alert, Button, Skeleton } from "antd";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { ask } from "../../api/client.ts";
import { useAsk } from "../../api/queries.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Shortcuts } from "../../parts/shortcuts.tsx";
import { Code, Facts, Time } from "../../parts/values.tsx";
import { isSandbox } from "../../shell/environment-badge.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { debugLink } from "../debugging/debug-link.ts";
import { Business } from "./business.tsx";
import { filterIn, queryOf, searchOf } from "./call-filter.ts";
import { CallCode, durationText } from "./call-list.tsx";
import { ReplyPanel } from "./reply.tsx";
import { RequestPanel } from "./request.tsx";
import { Steps } from "./steps.tsx";
import { VerificationPanel } from "./verification.tsx";
import { Why } from "./why.tsx";
import "./requests.css";

/** One call from the inside: why it went as it did, step by step, with what came and what was sent. */
export default function CallPage() {
  const t = useText();
  const say = useBilingual();
  const navigate = useNavigate();
  const { traceId = "" } = useParams();
  const [search] = useSearchParams();
  const filter = filterIn(search);
  const asked = useAsk("GET /api/requests/:traceId", { params: { traceId } });
  const methods = useAsk("GET /api/methods", {});
  const call = asked.isPlaceholderData ? undefined : asked.data;
  const list = `/requests${searchOf(filter)}`;

  const goOn = async (where: "before" | "after"): Promise<void> => {
    if (call === undefined) return;
    const query = { ...queryOf(filter), [where]: call.callNo, limit: 1 };
    const found = await ask("GET /api/requests", { query }).catch(() => undefined);
    const next = found?.calls[0];
    if (next !== undefined) void navigate(`/requests/${next.traceId}${searchOf(filter)}`, { replace: true });
  };
  const method = methods.data?.methods.find(({ name }) => name === call?.method);
  return (
    <>
      <Shortcuts
        shortcuts={[
          { key: "j", title: t("下一条（更早）", "Next call (earlier)"), run: () => void goOn("before") },
          { key: "k", title: t("上一条（更新）", "Previous call (later)"), run: () => void goOn("after") },
          { key: "Escape", title: t("回到列表", "Back to the list"), run: () => void navigate(list) },
        ]}
      />
      <PageHead
        title={method === undefined ? t("一次调用", "A call") : say(method.title)}
        about={call === undefined ? undefined : <CallCode call={call} />}
        back={{ to: list, title: t("调用记录", "Request log") }}
        actions={
          <>
            {method !== undefined && call?.whole !== null && call?.whole !== undefined && (
              <Link to={debugLink(method, call.whole)}>{t("在线调试这次调用", "Debug this call")}</Link>
            )}
            <Button onClick={() => void goOn("after")} title="k">
              {t("更新一条", "Later")}
            </Button>
            <Button onClick={() => void goOn("before")} title="j">
              {t("更早一条", "Earlier")}
            </Button>
          </>
        }
      />
      {asked.isError && <ProblemAlert error={asked.error} />}
      {asked.isError && (
        <p>
          {t(
            "刚刚发生的调用稍后才写入；更早的可能已超出保留数量。",
            "A call of this moment is written a little later; an old one may be beyond what is kept.",
          )}{" "}
          <Button size="small" onClick={() => void asked.refetch()}>
            {t("再查一次", "Look again")}
          </Button>
        </p>
      )}
      {call === undefined && !asked.isError && <Skeleton active paragraph={{ rows: 10 }} title={false} />}
      {call !== undefined && (
        <div className="inside">
          <div className="stack">
            {call.subCode !== null && <Why call={call} />}
            <Facts
              facts={[
                ["trace_id", <Code key="trace" copy children={call.traceId} />],
                [t("时间", "Time"), <Time key="at" at={call.at} />],
                [t("接口", "Method"), call.method === null ? "—" : <Code children={call.method} />],
                [t("耗时", "Took"), durationText(call.durationMs)],
                [t("应用", "App"), call.appId === null ? "—" : <Code children={call.appId} />],
                [t("商户", "Merchant"), call.merchantId === null ? "—" : <Code children={call.merchantId} />],
                call.transactionId === null
                  ? undefined
                  : ["transaction_id", <Code key="transaction" copy children={call.transactionId} />],
                call.bizNo === null ? undefined : ["biz_no", <Code key="biz" copy children={call.bizNo} />],
                [t("判定规则", "Judged as"), <Code key="profile" children={call.profile} />],
              ]}
            />
            <Business call={call} />
            {call.whole === null ? (
              <NotWhole />
            ) : (
              <>
                <RequestPanel whole={call.whole} />
                <VerificationPanel whole={call.whole} />
                <ReplyPanel whole={call.whole} />
              </>
            )}
          </div>
          {call.whole !== null && (
            <aside aria-label={t("处理步骤", "Steps")}>
              <Steps steps={call.whole.steps} />
            </aside>
          )}
        </div>
      )}
    </>
  );
}

function NotWhole() {
  const t = useText();
  return (
    <Alert
      type="info"
      showIcon
      title={
        isSandbox
          ? t("这次调用的原文已不再保留", "The request itself is no longer kept")
          : t("生产环境不保留请求与应答的原文", "Production keeps neither request nor reply")
      }
      description={t(
        "保留的是：谁、何时、哪个接口、结果与所在步骤。个人信息、令牌、签名与密钥从不记录。",
        "Kept is whose call it was, when, of which method, what came of it and in which step; never personal data, tokens, signatures or keys.",
      )}
    />
  );
}
