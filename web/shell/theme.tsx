import { App, ConfigProvider, type ConfigProviderProps, theme, type ThemeConfig } from "antd";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { usePreferences } from "./preferences.tsx";
import { nonce } from "./style-nonce.ts";

const fontFamily =
  'system-ui, -apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';
export const monospace = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace';

/** The colours of both appearances, those of the pages on which people authorise; each text on its ground reaches 4.5 : 1. */
const light = {
  primary: "#0b6656",
  ink: "#18222d",
  quiet: "#55616d",
  paper: "#ffffff",
  ground: "#f5f7f8",
  line: "#e3e8ec",
  tint: "#e7f3f0",
};
const dark = {
  primary: "#4bbda6",
  ink: "#e6ecf1",
  quiet: "#a3b0bc",
  paper: "#161c23",
  ground: "#0f1419",
  line: "#29323b",
  tint: "#17302c",
};

function tokensOf(isDark: boolean): ThemeConfig {
  const colour = isDark ? dark : light;
  return {
    algorithm: isDark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      fontFamily,
      fontFamilyCode: monospace,
      colorPrimary: colour.primary,
      colorLink: colour.primary,
      colorLinkHover: isDark ? "#7fd6c4" : "#084c41",
      colorTextBase: colour.ink,
      colorBgBase: colour.paper,
      colorBgLayout: colour.ground,
      colorBgContainer: colour.paper,
      colorBorder: isDark ? "#3b4753" : "#cfd6dc",
      colorBorderSecondary: colour.line,
      colorTextSecondary: colour.quiet,
      colorTextTertiary: colour.quiet,
      colorTextDescription: colour.quiet,
      colorTextPlaceholder: isDark ? "#8593a0" : "#6b7681",
      colorSuccess: isDark ? "#52c08a" : "#1c7a4b",
      colorWarning: isDark ? "#e0a83e" : "#8f5b00",
      colorError: isDark ? "#ff8a80" : "#b3261e",
      colorInfo: isDark ? "#78b0f0" : "#1d5fa8",
      // antd lays a veil of white over dark paper, which is a grey unlike ours.
      ...(isDark
        ? { colorFillAlter: "#1b232b" }
        : { colorSuccessBg: "#e6f4ec", colorWarningBg: "#fdf3e0", colorErrorBg: "#fdf0ef" }),
      borderRadius: 8,
      wireframe: false,
      motionDurationMid: "0.14s",
      motionDurationSlow: "0.18s",
      // A shadow is for what floats; what lies on the page has a line.
      boxShadowTertiary: "none",
    },
    components: {
      Layout: { siderBg: colour.ground, headerBg: colour.paper, bodyBg: colour.ground, headerHeight: 56 },
      Menu: {
        itemBg: "transparent",
        itemSelectedBg: colour.tint,
        itemHeight: 36,
        itemMarginInline: 8,
        itemMarginBlock: 2,
        groupTitleFontSize: 12,
        groupTitleColor: colour.quiet,
        iconMarginInlineEnd: 10,
      },
      Table: {
        headerBg: "transparent",
        headerColor: colour.quiet,
        headerSplitColor: "transparent",
        cellPaddingBlock: 11,
        cellPaddingInlineMD: 12,
      },
      Button: { primaryColor: isDark ? "#06201b" : "#ffffff", primaryShadow: "none", defaultShadow: "none" },
      Segmented: { trackBg: isDark ? "#0f1419" : "#eaeff1", ...(isDark ? { itemSelectedBg: "#29323b" } : {}) },
      Tag: { defaultBg: isDark ? "#212a33" : "#eef2f4", defaultColor: colour.ink },
      Card: { headerFontSize: 15 },
      Statistic: { contentFontSize: 28 },
      Descriptions: { labelColor: colour.quiet },
    },
  };
}

/** One theme of tokens for every page, in the language and the appearance that somebody chose. */
export function ThemeProvider({ children }: { children: ReactNode }) {
  const { language, isDark } = usePreferences();
  const config = useMemo(() => tokensOf(isDark), [isDark]);
  // antd's own words are English unless told otherwise, so its Chinese ones are loaded where they are read.
  const [chinese, setChinese] = useState<ConfigProviderProps["locale"]>();
  useEffect(() => {
    if (language === "zh") void import("antd/es/locale/zh_CN").then((loaded) => setChinese(loaded.default));
  }, [language]);
  return (
    <ConfigProvider
      theme={config}
      {...(language === "zh" && chinese !== undefined ? { locale: chinese } : {})}
      csp={{ nonce }}
      button={{ autoInsertSpace: false }}
    >
      <App message={{ maxCount: 3 }}>{children}</App>
    </ConfigProvider>
  );
}
