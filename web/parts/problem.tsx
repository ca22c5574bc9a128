import { Alert, Button } from "antd";
import { ApiProblem, WaitsForApproval } from "../api/client.ts";
import { problems } from "../../src/console/problem.ts";
import { usePreferences, useText } from "../shell/preferences.tsx";

const titles: Readonly<Record<string, { readonly zh: string; readonly en: string }>> = {
  ...problems,
  unreachable: {
    zh: "连接不到服务器：检查网络，或服务器是否在运行",
    en: "the server cannot be reached: check the network, and whether it runs",
  },
  fault: { zh: "服务器内部出错，请凭 trace_id 查日志", en: "the server failed; look for the trace_id in its log" },
};

/** What went wrong in a sentence, what to do, and the trace_id by which the server's log tells more. */
function useProblemText(): (error: unknown) => { title: string; detail: string; traceId: string | undefined } {
  const { language } = usePreferences();
  return (error) => {
    if (error instanceof ApiProblem) {
      const known = titles[error.code];
      const isFault = error.status === 0 || error.status >= 500;
      return {
        title: known === undefined ? `HTTP ${error.status}` : capital(known[language]),
        detail: isFault ? "" : error.message,
        traceId: error.traceId === "" ? undefined : error.traceId,
      };
    }
    return { title: error instanceof Error ? error.message : String(error), detail: "", traceId: undefined };
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export function ProblemAlert({ error }: { error: unknown }) {
  const { title, detail, traceId } = useProblemText()(error);
  if (error instanceof WaitsForApproval) return <ApprovalAlert approval={error} />;
  return (
    <Alert
      type="error"
      showIcon
      title={title}
      description={
        detail === "" && traceId === undefined ? undefined : (
          <>
            {detail}
            {traceId !== undefined && <TraceId traceId={traceId} />}
          </>
        )
      }
    />
  );
}

function TraceId({ traceId }: { traceId: string }) {
  return (
    <div className="quiet">
      trace_id <code>{traceId}</code>
    </div>
  );
}

function ApprovalAlert({ approval }: { approval: WaitsForApproval }) {
  const t = useText();
  return (
    <Alert
      type="info"
      showIcon
      title={t("已提交，等待另一位操作员复核", "Asked for: another operator has to approve it")}
      description={<code>{approval.approvalId}</code>}
    />
  );
}

/** For a whole page that cannot be shown. */
export function ProblemResult({ error, retry }: { error: unknown; retry: () => void }) {
  const t = useText();
  const { title, detail, traceId } = useProblemText()(error);
  return (
    <div className="outcome" role="alert">
      <h1>{title}</h1>
      <p>{detail}</p>
      {traceId !== undefined && <TraceId traceId={traceId} />}
      <Button onClick={retry}>{t("重试", "Try again")}</Button>
    </div>
  );
}
