import { onPreferenceElsewhere, prefer, preference } from './preferences.js';

/**
 * Dark, light, or as the system is. `index.html` loads this before anything is drawn.
 */

/** @param {'' | 'light' | 'dark'} theme */
export function setTheme(theme) {
  prefer('theme', theme);
  apply();
}

function apply() {
  const theme = preference('theme');
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

apply();
onPreferenceElsewhere((name) => name === 'theme' && apply());
