import { h } from '../base/dom.js';
import { hasFiles } from '../base/dropped.js';
import { icon } from '../base/icons.js';
import { t } from '../base/words.js';

/**
 * Takes files that are dropped anywhere on a pane.
 * @param {HTMLElement} pane
 * @param {(files: File[]) => void} onDrop
 */
export function takeDropped(pane, onDrop) {
  const veil = h('div', { class: 'drop-veil', hidden: true }, icon('image'), h('span', null, t('talk.drop')));
  let depth = 0; // entering a child comes before leaving its parent
  pane.append(veil);
  pane.addEventListener('dragenter', (event) => move(event, 1));
  pane.addEventListener('dragleave', (event) => move(event, -1));
  pane.addEventListener('dragover', (event) => hasFiles(event) && event.preventDefault());
  pane.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    veil.hidden = true;
    onDrop([...event.dataTransfer.files]);
  });

  function move(event, step) {
    if (!hasFiles(event)) return;
    depth = Math.max(0, depth + step);
    veil.hidden = depth === 0;
  }
}
