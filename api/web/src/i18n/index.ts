import i18next from "i18next";
import { initReactI18next } from "react-i18next";

import en from "./en.json";
import zhCN from "./zh-CN.json";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof zhCN };
  }
}

export const LANGUAGES = { "zh-CN": "中文", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

const STORED = "xunjian-language";

function storedLanguage(): Language {
  return localStorage.getItem(STORED) === "en" ? "en" : "zh-CN";
}

i18next.on("languageChanged", (language) => {
  document.documentElement.lang = language;
  localStorage.setItem(STORED, language);
});

void i18next.use(initReactI18next).init({
  lng: storedLanguage(),
  fallbackLng: "zh-CN",
  resources: { "zh-CN": { translation: zhCN }, en: { translation: en } },
  interpolation: { escapeValue: false }, // React escapes
});
