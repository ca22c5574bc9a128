import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

export type Language = "zh" | "en";
type ThemeChoice = "system" | "light" | "dark";

interface Preferences {
  readonly language: Language;
  readonly isDark: boolean;
  readonly theme: ThemeChoice;
  setLanguage(language: Language): void;
  setTheme(theme: ThemeChoice): void;
}

const PreferencesContext = createContext<Preferences | undefined>(undefined);
const languageKey = "kaimen.language";
const themeKey = "kaimen.theme";

/** What somebody chose is kept in their browser; Chinese where the browser asks for no English first. */
export function PreferencesProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(readLanguage);
  const [theme, setTheme] = useState<ThemeChoice>(readTheme);
  const systemIsDark = useSyncExternalStore(watchSystem, () => darkQuery.matches);
  const isDark = theme === "dark" || (theme === "system" && systemIsDark);

  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  useEffect(() => {
    document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  }, [isDark]);

  const preferences = useMemo(
    () => ({
      language,
      isDark,
      theme,
      setLanguage(chosen: Language) {
        localStorage.setItem(languageKey, chosen);
        setLanguage(chosen);
      },
      setTheme(chosen: ThemeChoice) {
        localStorage.setItem(themeKey, chosen);
        setTheme(chosen);
      },
    }),
    [language, isDark, theme],
  );
  return <PreferencesContext value={preferences}>{children}</PreferencesContext>;
}

const darkQuery = matchMedia("(prefers-color-scheme: dark)");

function watchSystem(changed: () => void): () => void {
  darkQuery.addEventListener("change", changed);
  return () => darkQuery.removeEventListener("change", changed);
}

function readLanguage(): Language {
  const kept = localStorage.getItem(languageKey);
  if (kept === "zh" || kept === "en") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function readTheme(): ThemeChoice {
  const kept = localStorage.getItem(themeKey);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (preferences === undefined) throw new Error("a page outside the PreferencesProvider");
  return preferences;
}

/** Chooses between a text's two languages, which stand side by side in the code so that neither is forgotten. */
export type Text = (zh: string, en: string) => string;

export function useText(): Text {
  const { language } = usePreferences();
  return language === "zh" ? inChinese : inEnglish;
}
const inChinese: Text = (zh) => zh;
const inEnglish: Text = (_, en) => en;

/** The same for a text that the server gives in both. */
export function useBilingual(): (text: { readonly zh: string; readonly en: string }) => string {
  const { language } = usePreferences();
  return (text) => text[language];
}
