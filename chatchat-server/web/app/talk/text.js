import { h } from '../base/dom.js';
import { isJumbo, segments } from './segments.js';

/**
 * A text as people read it: addresses lead somewhere, who is mentioned stands out.
 * @param {string} text
 * @param {Map<string, string>} mentioned name → id
 * @param {string} me
 */
export function textBody(text, mentioned, me) {
  const look = isJumbo(text) ? 'text jumbo' : 'text';
  return h('div', { class: look, dir: 'auto' }, segments(text, mentioned).map((segment) => part(segment, me)));
}

function part(segment, me) {
  if (segment.kind === 'link') {
    return h('a', { href: segment.href, target: '_blank', rel: 'noopener noreferrer' }, segment.text);
  }
  if (segment.kind === 'mention') {
    return h('bdi', { class: segment.id === me ? 'mention me' : 'mention' }, segment.text);
  }
  return segment.text;
}
