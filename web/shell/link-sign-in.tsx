import { Alert } from "antd";
import { useEffect, useState } from "react";
import { ask } from "../api/client.ts";
import { useSessionChange } from "../api/session.ts";
import { useText } from "./preferences.tsx";

/** As the page came; it is taken out of the address at once, so that it lies in no history. */
const code = new URLSearchParams(location.hash.slice(1)).get("sign-in");

/** Follows the address that a sandbox prints at its start, which signs in once. */
export function LinkSignIn() {
  const t = useText();
  const changed = useSessionChange();
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    if (code === null || location.hash === "") return;
    history.replaceState(history.state, "", location.pathname);
    ask("POST /api/sandbox/sign-in", { body: { code } }).then(changed, () => setHasFailed(true));
  }, [changed]);
  if (!hasFailed) return null;
  return (
    <Alert
      type="warning"
      showIcon
      title={t("这个登录链接已用过或已过期", "This link was used already, or is too old")}
      description={t(
        "用 sandbox.json 里的账号密码登录，或重启沙箱取得新链接。",
        "Sign in with the login in sandbox.json, or start the sandbox anew for another link.",
      )}
    />
  );
}
