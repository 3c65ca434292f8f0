import { fill, h, uniqueId } from '../base/dom.js';
import { toggle } from '../base/form.js';
import { icon } from '../base/icons.js';
import { prefer, preference } from '../base/preferences.js';
import { setTheme } from '../base/theme.js';
import { toast } from '../base/toast.js';
import { LANGUAGES, t } from '../base/words.js';
import { chime } from '../shell/chime.js';

/**
 * How the client looks, what it says and how loud, on this device.
 * @param {HTMLElement} host
 */
export function openSettings(host) {
  fill(
    host,
    choice(
      'theme',
      [
        ['', 'monitor'],
        ['light', 'sun'],
        ['dark', 'moon'],
      ].map(([value, drawing]) => [value, t(`theme.${value || 'system'}`), drawing]),
      setTheme,
    ),
    choice('language', [['', t('language.system')], ...Object.entries(LANGUAGES)], setLanguage),
    h('h3', { class: 'group-title' }, t('settings.news')),
    h('div', { class: 'settings-list' }, sound(), canNotify() && notifications()),
    h('h3', { class: 'group-title' }, t('settings.keys')),
    keys(),
  );
}

function choice(name, options, run) {
  const id = uniqueId(name);
  const chosen = preference(name);
  return h(
    'div',
    { class: 'setting' },
    h('h3', { class: 'group-title', id }, t(`settings.${name}`)),
    h(
      'div',
      { class: 'choices', role: 'radiogroup', 'aria-labelledby': id },
      options.map(([value, words, drawing]) =>
        h(
          'label',
          null,
          h('input', { type: 'radio', name, value, checked: value === chosen, onchange: () => run(value) }),
          h('span', null, drawing && icon(drawing), words),
        ),
      ),
    ),
  );
}

function setLanguage(value) {
  prefer('language', value);
  location.reload();
}

function sound() {
  const onchange = ({ target }) => {
    prefer('sound', target.checked ? 'on' : 'off');
    if (target.checked) chime();
  };
  return toggle({
    name: 'sound',
    label: t('settings.sound'),
    hint: t('settings.sound_hint'),
    checked: preference('sound') === 'on',
    onchange,
  });
}

/** Whether a page can make notifications: some browsers have them for workers alone, and throw. */
function canNotify() {
  if (typeof Notification === 'undefined') return false;
  if (Notification.permission === 'granted') return true; // one made to see would be shown
  try {
    return Boolean(new Notification(''));
  } catch {
    return false;
  }
}

function notifications() {
  const isOn = Notification.permission === 'granted' && preference('notifications') === 'on';
  const hint = t(
    Notification.permission === 'denied' ? 'settings.notifications_denied' : 'settings.notifications_hint',
  );
  return toggle({ name: 'notifications', label: t('settings.notifications'), hint, checked: isOn, onchange });

  async function onchange({ target }) {
    const wants = target.checked;
    const granted = wants && (await Notification.requestPermission()) === 'granted';
    target.checked = granted;
    prefer('notifications', granted ? 'on' : 'off');
    if (wants && !granted) toast(t('settings.notifications_denied'), { kind: 'problem' });
  }
}

const keys = () =>
  h(
    'dl',
    { class: 'keys' },
    [
      ['Ctrl/⌘ K', 'keys.jump'],
      ['↑ ↓', 'keys.arrows'],
      ['Esc', 'keys.back'],
      ['Shift F10', 'keys.menu'],
    ].map(([key, words]) => h('div', null, h('dt', null, h('kbd', null, key)), h('dd', null, t(words)))),
  );
