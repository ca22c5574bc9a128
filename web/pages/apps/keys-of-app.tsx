import { Alert, Space } from "antd";
import { useAsk, useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, Rows } from "../../parts/list.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Clipped, Code, State, Time } from "../../parts/values.tsx";
import { useText } from "../../shell/preferences.tsx";
import type { App } from "./apps.tsx";

interface KeyRow {
  readonly which: "current" | "next";
  readonly text: string;
  readonly keyId: string | undefined;
  readonly lastUsedAt: string | null | undefined;
}

const refreshMs = 10_000;

/** The keys that verify an app's requests, when each was last used, and the steps from one to the next. */
export function KeysOfApp({ app, session }: { app: App; session: Session }) {
  const t = useText();
  const mayRead = mayCall(session, { merchants: true, operators: "keys:read" });
  const query = { ...(session.kind === "merchant" ? {} : { merchantId: app.merchantId }), limit: 200 };
  const uses = useAsk("GET /api/key-uses", { query }, { enabled: mayRead, refetchInterval: refreshMs });
  const use = uses.data?.apps.find(({ appId }) => appId === app.appId);
  const rows = (["current", "next"] as const).flatMap((which): KeyRow[] => {
    const text = which === "current" ? app.publicKey : app.nextPublicKey;
    return text === null ? [] : [{ which, text, keyId: use?.[which]?.keyId, lastUsedAt: use?.[which]?.lastUsedAt }];
  });
  const columns: Columns<KeyRow> = [
    {
      title: t("密钥", "Key"),
      render: (_, row) =>
        row.which === "current" ? (
          <State tone="good">{t("当前", "Current")}</State>
        ) : (
          <State tone="warn">{t("下一把", "Next")}</State>
        ),
    },
    { title: t("指纹", "Id"), render: (_, row) => (row.keyId === undefined ? "—" : <Code>{row.keyId}</Code>) },
    {
      title: t("最近使用", "Last used"),
      render: (_, row) =>
        row.lastUsedAt === null ? <span className="quiet">{t("从未", "Never")}</span> : <Time at={row.lastUsedAt} />,
    },
    {
      title: t("公钥", "Public key"),
      render: (_, row) => <Clipped>{row.text}</Clipped>,
    },
  ];
  return (
    <Panel
      title={t("应用公钥", "The app's public keys")}
      actions={
        mayCall(session, { operators: "keys:write" }) && (
          <KeyActions app={app} isOldUsed={use?.stillUsesOldKey === true} />
        )
      }
    >
      <div className="stack">
        {app.nextPublicKey !== null && (
          <Alert
            type={use?.stillUsesOldKey === true ? "warning" : "info"}
            showIcon
            title={
              use?.stillUsesOldKey === true
                ? t("最近一次调用仍用旧密钥签名", "The last call was still signed by the old key")
                : t("两把公钥都能验签，可以切换", "Both keys verify: the change can be made")
            }
            description={t(
              "先让应用改用新私钥，看到新密钥被使用后再切换，期间没有调用失败。",
              "Let the app sign with the new key, see it used here, then promote it: no call fails in between.",
            )}
          />
        )}
        <Rows
          rows={rows}
          rowKey={(row) => row.which}
          columns={columns}
          empty={t("没有公钥：调用会被拒绝。", "No key: calls are refused.")}
        />
        <div>
          <div className="quiet">{t("平台公钥（验证应答）", "The platform's public key (verifies replies)")}</div>
          <Clipped>{app.alipayPublicKey}</Clipped>
        </div>
      </div>
    </Panel>
  );
}

function KeyActions({ app, isOldUsed }: { app: App; isOldUsed: boolean }) {
  const t = useText();
  const change = useSend("PUT /api/apps/:appId/key");
  const params = { appId: app.appId };
  const reason = { name: "reason", label: t("理由", "Reason"), maxLength: 200, required: true };
  return (
    <Space wrap>
      <FormButton
        title={t("设置下一把公钥", "Set the next key")}
        button={{ size: "small" }}
        fields={[
          { name: "nextPublicKey", label: t("新的应用公钥", "The new public key"), kind: "lines", required: true },
          reason,
        ]}
        onSubmit={async (values) =>
          void (await change.mutateAsync({
            params,
            body: { nextPublicKey: String(values["nextPublicKey"]), reason: String(values["reason"]) },
          }))
        }
      />
      {app.nextPublicKey !== null && (
        <FormButton
          title={t("切换到新密钥", "Promote the next key")}
          button={{ size: "small", type: "primary" }}
          about={
            isOldUsed
              ? t(
                  "应用仍在用旧密钥：切换后它的调用会失败。",
                  "The app still signs with the old key: its calls would fail.",
                )
              : t("切换后旧公钥立即失效。", "The old key verifies nothing any more.")
          }
          fields={[reason]}
          onSubmit={async (values) =>
            void (await change.mutateAsync({ params, body: { promote: true, reason: String(values["reason"]) } }))
          }
        />
      )}
    </Space>
  );
}
