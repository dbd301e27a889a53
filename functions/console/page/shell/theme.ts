import { createStore, useStore } from '../api/store.ts';

const KEY = 'tierferry.theme';

/** `system` follows the operating system. */
export type Theme = 'system' | 'light' | 'dark';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const saved = (): Theme => THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system';

const chosen = createStore<Theme>('system');
const isDark = createStore(false);

const apply = () => {
  const theme = chosen.get();
  const dark = theme === 'dark' || (theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.body.classList.toggle('awsui-dark-mode', dark);
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  isDark.set(dark);
};

/** Applies the viewer's choice before anything is drawn, and follows the operating system. */
export const startTheme = (): void => {
  chosen.set(saved());
  apply();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', apply);
};

export const setTheme = (theme: Theme): void => {
  if (theme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  chosen.set(theme);
  apply();
};

export const useTheme = (): Theme => useStore(chosen);

/** True if the page is shown dark. Charts read their colours again then. */
export const useIsDark = (): boolean => useStore(isDark);
