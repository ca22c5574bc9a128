import { Tabs } from "antd";
import { useLocation, useNavigate } from "react-router";
import type { Session } from "../../api/session.ts";
import { PageHead } from "../../parts/page-head.tsx";
import { useText } from "../../shell/preferences.tsx";
import { CallList } from "./call-list.tsx";
import { ErrorGroups } from "./error-groups.tsx";
import "./requests.css";

/** The request log: each call as it comes, and the refused ones by their code. */
export default function RequestsPage({ session }: { session: Session }) {
  const t = useText();
  const navigate = useNavigate();
  const isErrors = useLocation().pathname.endsWith("/errors");
  return (
    <>
      <PageHead
        title={t("调用记录", "Request log")}
        about={t(
          "网关的每次调用，最新的在前。按 / 搜索，j、k 移动，? 看全部快捷键。",
          "Each call of the gateway, the newest first. Press / to search, j and k to move, ? for all keys.",
        )}
      />
      <Tabs
        activeKey={isErrors ? "errors" : "calls"}
        onChange={(key) => void navigate(key === "errors" ? "/requests/errors" : "/requests")}
        items={[
          { key: "calls", label: t("调用", "Calls") },
          { key: "errors", label: t("错误", "Errors") },
        ]}
      />
      {isErrors ? <ErrorGroups /> : <CallList isOperator={session.kind === "operator"} />}
    </>
  );
}
