import { roles, roleTitles, type Role } from "../../../src/accounts/roles.ts";
import type { ReplyOf } from "../../api/client.ts";
import { useSend } from "../../api/queries.ts";
import { mayCall, type Session } from "../../api/session.ts";
import { FormButton } from "../../parts/form-button.tsx";
import { type Columns, List } from "../../parts/list.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { State, Time } from "../../parts/values.tsx";
import { useBilingual, useText } from "../../shell/preferences.tsx";

type Operator = ReplyOf<"GET /api/operators">["operators"][number];

export default function AccountsPage({ session }: { session: Session }) {
  const t = useText();
  const say = useBilingual();
  const add = useSend("POST /api/operators");
  const mayChange = mayCall(session, { operators: "operators:write" });
  const role = {
    name: "role",
    label: t("角色", "Role"),
    kind: "choice" as const,
    required: true,
    options: roles.map((each) => ({ value: each, label: `${each} · ${say(roleTitles[each])}` })),
  };
  const columns: Columns<Operator> = [
    { title: t("账号", "Login"), dataIndex: "login" },
    {
      title: t("角色", "Role"),
      render: (_, row) => (
        <>
          <strong>{row.role}</strong> <span className="quiet">{say(roleTitles[row.role])}</span>
        </>
      ),
    },
    {
      title: t("状态", "State"),
      render: (_, row) =>
        row.disabled ? (
          <State tone="bad">{t("已停用", "Disabled")}</State>
        ) : row.mustChangePassword ? (
          <State tone="warn">{t("待改密码", "First password")}</State>
        ) : (
          <State tone="good">{t("正常", "Active")}</State>
        ),
    },
    {
      title: t("验证器", "Authenticator"),
      render: (_, row) =>
        row.hasTotp ? <State tone="good">{t("已绑定", "Yes")}</State> : <State tone="warn">{t("未绑定", "No")}</State>,
    },
    { title: t("最近登录", "Last sign-in"), render: (_, row) => <Time at={row.lastSignInAt} /> },
    { title: t("创建时间", "Since"), render: (_, row) => <Time at={row.createdAt} /> },
    ...(mayChange
      ? [
          {
            title: t("操作", "Actions"),
            render: (_: unknown, row: Operator) =>
              row.login !== session.login && <Actions operator={row} role={{ ...role, initial: row.role }} />,
          },
        ]
      : []),
  ];
  return (
    <>
      <PageHead
        title={t("账号与角色", "Accounts and roles")}
        about={t("操作员与各自的权限；新增与改角色可设为须第二人复核。", "The operators and what each may do.")}
        actions={
          mayChange && (
            <FormButton
              title={t("新增操作员", "Add an operator")}
              button={{ type: "primary" }}
              fields={[
                { name: "login", label: t("账号", "Login"), required: true, maxLength: 64 },
                role,
                { name: "reason", label: t("理由", "Reason"), maxLength: 200, required: true },
              ]}
              onSubmit={async (values) => {
                const made = await add.mutateAsync({
                  body: {
                    login: String(values["login"]),
                    role: String(values["role"]) as Role, // One of those that are offered.
                    reason: String(values["reason"]),
                  },
                });
                return <FirstPassword login={made.login} password={made.password} />;
              }}
            />
          )
        }
      />
      <List
        name="GET /api/operators"
        rows={(reply) => reply.operators}
        rowKey={(row) => row.login}
        columns={columns}
        empty={t("没有操作员。", "No operators.")}
      />
    </>
  );
}

function FirstPassword({ login, password }: { login: string; password: string }) {
  const t = useText();
  return (
    <>
      {t("初始密码只显示这一次：", "The first password, shown this once: ")} {login} <code>{password}</code>
    </>
  );
}

function Actions({ operator, role }: { operator: Operator; role: Parameters<typeof FormButton>[0]["fields"][number] }) {
  const t = useText();
  const change = useSend("PATCH /api/operators/:login");
  const disable = useSend("POST /api/operators/:login/disable");
  const reset = useSend("POST /api/operators/:login/reset");
  const params = { login: operator.login };
  const reason = { name: "reason", label: t("理由", "Reason"), maxLength: 200, required: true };
  return (
    <span className="row">
      <FormButton
        title={t("改角色", "Change the role")}
        button={{ size: "small" }}
        fields={[role, reason]}
        onSubmit={async (values) =>
          void (await change.mutateAsync({
            params,
            body: { role: String(values["role"]) as Role, reason: String(values["reason"]) }, // One of those that are offered.
          }))
        }
      />
      {operator.disabled ? (
        <FormButton
          title={t("启用", "Enable")}
          button={{ size: "small" }}
          fields={[reason]}
          onSubmit={async (values) =>
            void (await change.mutateAsync({ params, body: { disabled: false, reason: String(values["reason"]) } }))
          }
        />
      ) : (
        <FormButton
          title={t("停用", "Disable")}
          button={{ size: "small", danger: true }}
          about={t("立即生效，无须复核。", "At once, without a second person.")}
          fields={[]}
          onSubmit={async () => void (await disable.mutateAsync({ params }))}
        />
      )}
      <FormButton
        title={t("重置密码", "Reset the password")}
        button={{ size: "small" }}
        fields={[reason]}
        onSubmit={async (values) => {
          const made = await reset.mutateAsync({ params, body: { reason: String(values["reason"]) } });
          return <FirstPassword login={made.login} password={made.password} />;
        }}
      />
    </span>
  );
}
