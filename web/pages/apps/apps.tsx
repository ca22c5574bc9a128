import { Alert } from "antd";
import { Link, useNavigate } from "react-router";
import type { ReplyOf } from "../../api/client.ts";
import { useAsk, useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, List } from "../../parts/list.tsx";
import { MerchantChoice, useMerchant } from "../../parts/merchant-choice.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Code, State, Suspended } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";

export type App = ReplyOf<"GET /api/apps/:appId">;

export default function AppsPage({ session }: { session: Session }) {
  const t = useText();
  const go = useNavigate();
  const merchant = useMerchant(session);
  const add = useSend("POST /api/apps");
  const columns: Columns<App> = [
    {
      title: t("应用", "App"),
      render: (_, row) => (
        <>
          <Link to={`/apps/${row.appId}`}>{row.name}</Link>
          <div className="quiet mono">{row.appId}</div>
        </>
      ),
    },
    { title: t("商户", "Merchant"), responsive: ["md"], render: (_, row) => <Code>{row.merchantId}</Code> },
    { title: t("密钥", "Keys"), render: (_, row) => <KeyState app={row} /> },
    { title: t("签名", "Signing"), responsive: ["md"], render: (_, row) => row.signTypes.join(" ") },
    { title: t("状态", "State"), render: (_, row) => <Suspended value={row.suspended || row.merchantSuspended} /> },
  ];
  return (
    <>
      <PageHead
        title={t("应用与密钥", "Apps and keys")}
        about={t(
          "每个应用的密钥、回调地址、证书，以及换密钥的进度。",
          "Each app's keys, callback addresses and certificate, and how far a change of keys has come.",
        )}
        actions={
          mayCall(session, { operators: "merchants:write" }) &&
          merchant.query.merchantId !== undefined && (
            <FormButton
              title={t("新增应用", "Add an app")}
              button={{ type: "primary" }}
              fields={[
                { name: "appId", label: "app_id", required: true, pattern: /^[\w-]{1,32}$/ },
                { name: "name", label: t("名称", "Name"), required: true, maxLength: 64 },
                {
                  name: "publicKey",
                  label: t("应用公钥", "The app's public key"),
                  kind: "lines",
                  required: true,
                  help: t("PEM 或 base64，PKCS#1 或 SPKI。", "PEM or base64, SPKI or PKCS#1."),
                },
                {
                  name: "redirectUris",
                  label: t("回调地址", "Callback addresses"),
                  kind: "lines",
                  help: t("每行一个。", "One a line."),
                },
              ]}
              onSubmit={async ({ appId, name, publicKey, redirectUris }) => {
                const added = await add.mutateAsync({
                  body: {
                    appId: String(appId),
                    name: String(name),
                    publicKey: String(publicKey),
                    merchantId: merchant.query.merchantId ?? "",
                    redirectUris: linesOf(redirectUris),
                  },
                });
                return (
                  <>
                    {t("开发者还需要平台公钥：", "Developers also need the platform's public key: ")}
                    <Code copy>{added.alipayPublicKey}</Code>
                  </>
                );
              }}
            />
          )
        }
      />
      <div className="filters">
        <MerchantChoice merchant={merchant} session={session} />
      </div>
      <div className="stack">
        {merchant.isChosen && mayCall(session, { merchants: true, operators: "keys:read" }) && (
          <OldKeys query={merchant.query} />
        )}
        <List
          name="GET /api/apps"
          input={{ query: merchant.query }}
          rows={(reply) => reply.apps}
          rowKey={(row) => row.appId}
          columns={columns}
          onOpen={(row) => void go(`/apps/${row.appId}`)}
          empty={t("还没有应用。", "No apps yet.")}
        />
      </div>
    </>
  );
}

export const linesOf = (text: unknown): string[] =>
  String(text ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

function KeyState({ app }: { app: App }) {
  const t = useText();
  if (app.publicKey === null) return <State tone="bad">{t("无密钥", "No key")}</State>;
  if (app.nextPublicKey !== null) return <State tone="warn">{t("更换中", "Changing")}</State>;
  return <State tone="good">{app.certificate === null ? t("公钥", "Public key") : t("证书", "Certificate")}</State>;
}

/** How many apps have yet to sign with their new key. */
function OldKeys({ query }: { query: { readonly merchantId?: string } }) {
  const t = useText();
  const asked = useAsk("GET /api/key-uses", { query: { ...query, limit: 200 } });
  const late = asked.data?.apps.filter((app) => app.stillUsesOldKey) ?? [];
  if (late.length === 0) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t(`${late.length} 个应用仍在用旧密钥`, `${late.length} app(s) still use the old key`)}
      description={late.map((app) => app.name).join("、")}
    />
  );
}
