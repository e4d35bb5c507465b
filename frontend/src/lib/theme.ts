/** Light, dark or the system's choice; kept on this device. public/theme.js applies it first. */
import { create } from "zustand";

export type Theme = "light" | "dark" | "system";
const KEY = "parley-theme";

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

export const useTheme = create<{ theme: Theme }>()(() => ({ theme: stored() }));

const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const { theme } = useTheme.getState();
  const isDark = theme === "dark" || (theme === "system" && prefersDark.matches);
  document.documentElement.classList.toggle("dark", isDark);
}

export function setTheme(theme: Theme): void {
  useTheme.setState({ theme });
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is forbidden here: the choice then lasts as long as the page.
  }
  apply();
}

prefersDark.addEventListener("change", apply);
