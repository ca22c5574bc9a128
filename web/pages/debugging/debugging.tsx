import { Select, Skeleton } from "antd";
import { useNavigate, useParams } from "react-router";
import { useAsk } from "../../api/queries.ts";
import type { Session } from "../../api/session.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";
import { Bench } from "./bench.tsx";
import { CollectionButton } from "./collection-button.tsx";
import { useMaterial } from "./material.ts";
import "../requests/requests.css";
import "./debugging.css";

const usualMethod = "zhima.credit.score.get";

/** Online debugging: a call of any method without writing code, signed in the browser. */
export default function DebuggingPage({ session }: { session: Session }) {
  const t = useText();
  const say = useBilingual();
  const navigate = useNavigate();
  const { method: named = usualMethod } = useParams();
  const asked = useAsk("GET /api/methods", {});
  const material = useMaterial(session);
  const method = asked.data?.methods.find(({ name }) => name === named);
  const isReady = asked.data !== undefined && !material.isLoading;
  return (
    <>
      <PageHead
        title={t("在线调试", "Online debugging")}
        about={
          method === undefined ? t("不写代码就能调用网关。", "Call the gateway without code.") : say(method.description)
        }
        actions={
          <>
            <Select
              showSearch
              aria-label={t("接口", "Method")}
              value={named}
              onChange={(name: string) => void navigate(`/debugging/${name}`)}
              options={(asked.data?.methods ?? []).map(({ name, title }) => ({
                value: name,
                label: `${say(title)} ${name}`,
              }))}
              popupMatchSelectWidth={false}
              style={{ width: 320, maxWidth: "100%" }}
            />
            {asked.data !== undefined && <CollectionButton methods={asked.data.methods} material={material.data} />}
          </>
        }
      />
      {asked.isError && <ProblemAlert error={asked.error} />}
      {material.isError && <ProblemAlert error={material.error} />}
      {!isReady && !asked.isError && <Skeleton active paragraph={{ rows: 10 }} title={false} />}
      {isReady && method === undefined && (
        <p>{t(`没有 ${named} 这个接口：从右上角选择。`, `There is no method ${named}: choose one above.`)}</p>
      )}
      {isReady && method !== undefined && asked.data !== undefined && (
        <Bench
          key={method.name}
          method={method}
          gatewayErrors={asked.data.gatewayErrors}
          material={material.data}
          session={session}
        />
      )}
    </>
  );
}
