import MoonOutlined from "@ant-design/icons/es/icons/MoonOutlined";
import SunOutlined from "@ant-design/icons/es/icons/SunOutlined";
import { Button, Tooltip } from "antd";
import { usePreferences, useText } from "./preferences.tsx";

export function LanguageSwitch() {
  const { language, setLanguage } = usePreferences();
  return (
    <Button
      type="text"
      lang={language === "zh" ? "en" : "zh-CN"}
      onClick={() => setLanguage(language === "zh" ? "en" : "zh")}
    >
      {language === "zh" ? "English" : "中文"}
    </Button>
  );
}

export function ThemeSwitch() {
  const t = useText();
  const { isDark, setTheme } = usePreferences();
  const title = isDark ? t("切换到浅色", "Light appearance") : t("切换到深色", "Dark appearance");
  return (
    <Tooltip title={title}>
      <Button
        type="text"
        aria-label={title}
        icon={isDark ? <SunOutlined /> : <MoonOutlined />}
        onClick={() => setTheme(isDark ? "light" : "dark")}
      />
    </Tooltip>
  );
}
