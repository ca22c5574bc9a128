import { Button, Form, Input, Segmented } from "antd";
import { type ReactNode, useState } from "react";
import { ApiProblem, ask } from "../api/client.ts";
import { useSessionChange } from "../api/session.ts";
import { ProblemAlert } from "../parts/problem.tsx";
import { Brand } from "./brand.tsx";
import { LinkSignIn } from "./link-sign-in.tsx";
import { useText } from "./preferences.tsx";
import { LanguageSwitch, ThemeSwitch } from "./switches.tsx";

type Kind = "operator" | "merchant";
interface Fields {
  readonly login: string;
  readonly password: string;
  readonly code?: string;
}

/** Operators and merchants' staff sign in here; a code is asked for once the password is known to be right. */
export function SignIn() {
  const t = useText();
  const [kind, setKind] = useState<Kind>("operator");
  const [asksForCode, setAsksForCode] = useState(false);
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);
  const changed = useSessionChange();

  const signIn = async ({ login, password, code }: Fields): Promise<void> => {
    setIsBusy(true);
    setError(undefined);
    try {
      await ask("POST /api/session", {
        body: { kind, login, password, ...(code === undefined || code === "" ? {} : { code: code.trim() }) },
      });
      await changed();
    } catch (failure) {
      const wantsCode = failure instanceof ApiProblem && failure.code === "code-needed";
      if (wantsCode) setAsksForCode(true);
      if (!wantsCode || asksForCode) setError(failure);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <DoorPage>
      <LinkSignIn />
      <Segmented<Kind>
        block
        value={kind}
        onChange={setKind}
        options={[
          { value: "operator", label: t("平台操作员", "Operator") },
          { value: "merchant", label: t("商户", "Merchant") },
        ]}
        aria-label={t("以谁的身份登录", "Sign in as")}
      />
      <Form<Fields>
        layout="vertical"
        requiredMark={false}
        onFinish={(fields) => void signIn(fields)}
        className="door-form"
      >
        <Form.Item
          name="login"
          label={t("账号", "Login")}
          rules={[{ required: true, message: t("请输入账号", "Enter your login") }]}
        >
          <Input autoFocus autoComplete="username" size="large" spellCheck={false} />
        </Form.Item>
        <Form.Item
          name="password"
          label={t("密码", "Password")}
          rules={[{ required: true, message: t("请输入密码", "Enter your password") }]}
        >
          <Input.Password autoComplete="current-password" size="large" />
        </Form.Item>
        {asksForCode && (
          <Form.Item
            name="code"
            label={t("验证器动态码", "Code of the authenticator app")}
            extra={t(
              "六位数字；手机不在身边时可用恢复码。",
              "Six digits; a recovery code if the phone is not at hand.",
            )}
          >
            <Input autoFocus autoComplete="one-time-code" size="large" maxLength={32} />
          </Form.Item>
        )}
        {error !== undefined && <ProblemAlert error={error} />}
        <Button type="primary" htmlType="submit" size="large" block loading={isBusy}>
          {t("登录", "Sign in")}
        </Button>
      </Form>
    </DoorPage>
  );
}

/** The page before the console: one card in the middle. */
export function DoorPage({ children }: { children: ReactNode }) {
  return (
    <main className="door">
      <div className="door-switches">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <section className="door-card">
        <Brand isLarge />
        {children}
      </section>
    </main>
  );
}
