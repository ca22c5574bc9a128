import { Alert } from "antd";
import type { Session } from "../api/session.ts";
import { PageHead } from "../parts/page-head.tsx";
import { Panel } from "../parts/panel.tsx";
import { Facts } from "../parts/values.tsx";
import { isSandbox } from "../shell/environment-badge.tsx";
import { useText } from "../shell/preferences.tsx";
import { PlatformState } from "./platform-state.tsx";

export default function OverviewPage({ session }: { session: Session }) {
  const t = useText();
  return (
    <>
      <PageHead
        title={t("概览", "Overview")}
        about={
          session.kind === "operator"
            ? t(
                "平台的运行情况、您的账号与这个网关的地址。",
                "How the platform is, your account, and the addresses of this gateway.",
              )
            : t("您的账号与这个网关的地址。", "Your account, and the addresses of this gateway.")
        }
      />
      <div className="stack">
        {!session.hasTotp && (
          <Alert
            type="warning"
            showIcon
            title={t("账号还没有绑定验证器", "The account has no authenticator app")}
            description={t("绑定方法见 docs/operating.zh-CN.md。", "docs/operating.md says how to add one.")}
          />
        )}
        {session.kind === "operator" && <PlatformState session={session} />}
        <Panel title={t("账号与地址", "Account and addresses")}>
          <Facts
            columns={1}
            facts={[
              [t("账号", "Login"), session.login],
              [t("角色", "Role"), session.role ?? t("商户人员", "a merchant's staff")],
              [t("环境", "Environment"), isSandbox ? t("沙箱", "Sandbox") : t("生产环境", "Production")],
              [t("网关地址", "Gateway"), <code key="gateway">{`${location.origin}/gateway.do`}</code>],
              [
                t("用户授权页", "Page to authorise"),
                <code key="page">{`${location.origin}/oauth2/publicAppAuthorize.htm`}</code>,
              ],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}
