/**
 * How this browser is named in the list of one's sessions: "Firefox, Linux".
 */
export function deviceName(agent = navigator.userAgent) {
  const browser = find(agent, { Edge: /Edg/, Firefox: /Firefox/, Chrome: /Chrome|CriOS/, Safari: /Safari/ });
  const system = find(agent, {
    Android: /Android/,
    iOS: /iPhone|iPad/,
    Windows: /Windows/,
    macOS: /Mac OS/,
    Linux: /Linux/,
  });
  return [browser, system].filter(Boolean).join(', ') || 'web';
}

const find = (agent, names) => Object.keys(names).find((name) => names[name].test(agent));
