import { Link } from "react-router";
import { useText } from "./preferences.tsx";

/** An address that leads nowhere, or to what somebody may not see: both look alike. */
export function NotFound() {
  const t = useText();
  return (
    <div className="outcome">
      <h1>{t("这里没有页面", "There is no page here")}</h1>
      <p>{t("地址有误，或您的角色无权查看。", "The address is wrong, or your role may not see it.")}</p>
      <Link to="/">{t("回到概览", "To the overview")}</Link>
    </div>
  );
}
