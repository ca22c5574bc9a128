import { Skeleton } from "antd";
import { useParams } from "react-router";
import { useAsk, useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Panel } from "../../parts/panel.tsx";
import { ProblemAlert } from "../../parts/problem.tsx";
import { Code, Facts, State, Suspended, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import { type App, linesOf } from "./apps.tsx";
import { KeysOfApp } from "./keys-of-app.tsx";

export default function AppPage({ session }: { session: Session }) {
  const t = useText();
  const { appId = "" } = useParams();
  const asked = useAsk("GET /api/apps/:appId", { params: { appId } });
  const app = asked.data;
  const back = { to: "/apps", title: t("应用与密钥", "Apps and keys") };
  if (asked.isError)
    return (
      <>
        <PageHead title={appId} back={back} />
        <ProblemAlert error={asked.error} />
      </>
    );
  if (app === undefined) return <Skeleton active />;
  const mayChange = mayCall(session, { operators: "merchants:write" });
  return (
    <>
      <PageHead
        title={app.name}
        about={<Code copy>{app.appId}</Code>}
        back={back}
        actions={mayChange && <SuspendButton app={app} />}
      />
      <div className="stack">
        <KeysOfApp app={app} session={session} />
        <Panel title={t("证书", "Certificate")}>
          {app.certificate === null ? (
            <p className="quiet">
              {t("未使用证书模式：请求以公钥验签。", "No certificate: requests are verified by the public key.")}
            </p>
          ) : (
            <Facts
              facts={[
                [
                  "app_cert_sn",
                  <Code key="sn" copy>
                    {app.certificate.sn}
                  </Code>,
                ],
                [
                  t("只接受证书模式", "Certificate mode only"),
                  <YesNo key="required" value={app.certificate.required} />,
                ],
                [t("生效", "From"), <Time key="from" at={app.certificate.notBefore} />],
                [t("到期", "Until"), <Time key="to" at={app.certificate.notAfter} />],
              ]}
            />
          )}
        </Panel>
        <Panel title={t("回调地址", "Callback addresses")} actions={mayChange && <RedirectsButton app={app} />}>
          {app.redirectUris.length === 0 ? (
            <p className="quiet">{t("没有：用户授权后无处返回。", "None: users have nowhere to be sent back to.")}</p>
          ) : (
            <ul className="plain-list">
              {app.redirectUris.map((uri) => (
                <li key={uri}>
                  <Code>{uri}</Code>
                </li>
              ))}
            </ul>
          )}
        </Panel>
        <Panel title={t("设置", "Settings")}>
          <Facts
            facts={[
              [t("商户", "Merchant"), <Code key="merchant">{app.merchantId}</Code>],
              [t("状态", "State"), <Suspended key="state" value={app.suspended || app.merchantSuspended} />],
              [t("已上线", "Online"), <YesNo key="online" value={app.online} />],
              [t("签名算法", "Sign types"), app.signTypes.join(", ")],
              [t("内容加密", "AES"), <YesNo key="aes" value={app.hasEncryptKey} />],
              [t("用户标识", "Users named by"), app.userIdentity],
              [
                t("允许的接口", "Methods permitted"),
                app.permittedMethods === null ? t("全部", "All") : app.permittedMethods.join(", "),
              ],
              [t("代商户调用", "Acts for merchants"), <YesNo key="acts" value={app.actsForMerchants} />],
              [t("反馈模板", "Feedback template"), <Code key="template">{app.template}</Code>],
              [t("有错误的反馈文件", "Files with bad records"), app.feedbackPolicy],
              [t("创建时间", "Since"), <Time key="since" at={app.createdAt} />],
            ]}
          />
        </Panel>
      </div>
    </>
  );
}

function YesNo({ value }: { value: boolean }) {
  const t = useText();
  return value ? <State tone="good">{t("是", "Yes")}</State> : <State tone="plain">{t("否", "No")}</State>;
}

function SuspendButton({ app }: { app: App }) {
  const t = useText();
  const change = useSend("PATCH /api/apps/:appId");
  return (
    <FormButton
      title={app.suspended ? t("恢复应用", "Resume the app") : t("停用应用", "Suspend the app")}
      button={{ danger: !app.suspended }}
      about={t(
        "停用期间它的调用、授权与令牌都不生效；恢复后照旧。",
        "While suspended its calls, consents and tokens do not count; all count again when it is resumed.",
      )}
      fields={[]}
      onSubmit={async () =>
        void (await change.mutateAsync({ params: { appId: app.appId }, body: { suspended: !app.suspended } }))
      }
    />
  );
}

function RedirectsButton({ app }: { app: App }) {
  const t = useText();
  const change = useSend("PATCH /api/apps/:appId");
  return (
    <FormButton
      title={t("修改回调地址", "Change the callback addresses")}
      button={{ size: "small" }}
      fields={[
        {
          name: "redirectUris",
          label: t("每行一个地址", "One address a line"),
          kind: "lines",
          initial: app.redirectUris.join("\n"),
        },
      ]}
      onSubmit={async ({ redirectUris }) =>
        void (await change.mutateAsync({
          params: { appId: app.appId },
          body: { redirectUris: linesOf(redirectUris) },
        }))
      }
    />
  );
}
