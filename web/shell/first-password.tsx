import { Button, Form, Input } from "antd";
import { useState } from "react";
import { ask } from "../api/client.ts";
import { useSessionChange } from "../api/session.ts";
import { ProblemAlert } from "../parts/problem.tsx";
import { useText } from "./preferences.tsx";
import { DoorPage } from "./sign-in.tsx";

interface Fields {
  readonly currentPassword: string;
  readonly newPassword: string;
  readonly again: string;
}

/** Whoever was given a password sets their own before anything else. */
export function FirstPassword({ login }: { login: string }) {
  const t = useText();
  const changed = useSessionChange();
  const [error, setError] = useState<unknown>();
  const [isBusy, setIsBusy] = useState(false);

  const change = async ({ currentPassword, newPassword }: Fields): Promise<void> => {
    setIsBusy(true);
    try {
      await ask("PUT /api/account/password", { body: { currentPassword, newPassword } });
      await changed();
    } catch (failure) {
      setError(failure);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <DoorPage>
      <h1 className="door-title">{t("请设置您自己的密码", "Set a password of your own")}</h1>
      <p className="quiet">
        {t(
          `${login} 的密码是别人给的，设置新密码后继续。`,
          `Somebody else knows the password of ${login}. Set another to go on.`,
        )}
      </p>
      <Form<Fields> layout="vertical" requiredMark={false} onFinish={(fields) => void change(fields)}>
        <Form.Item name="currentPassword" label={t("当前密码", "Current password")} rules={[{ required: true }]}>
          <Input.Password autoFocus autoComplete="current-password" />
        </Form.Item>
        <Form.Item
          name="newPassword"
          label={t("新密码", "New password")}
          extra={t("10 到 256 个字符，不要太容易猜到。", "10 to 256 characters, not easily guessed.")}
          rules={[{ required: true, min: 10, max: 256 }]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item
          name="again"
          label={t("再输一次", "Once more")}
          dependencies={["newPassword"]}
          rules={[
            { required: true },
            ({ getFieldValue }) => ({
              validator: async (_, value) => {
                if (value !== getFieldValue("newPassword")) throw new Error(t("两次不一致", "The two differ"));
              },
            }),
          ]}
        >
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        {error !== undefined && <ProblemAlert error={error} />}
        <Button type="primary" htmlType="submit" block loading={isBusy}>
          {t("保存并继续", "Save and go on")}
        </Button>
      </Form>
    </DoorPage>
  );
}
