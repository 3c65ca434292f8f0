import { openDialog } from '../base/dialog.js';
import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { toastProblem } from '../base/toast.js';
import { t } from '../base/words.js';
import { size } from './bytes.js';

/**
 * Images and files in messages.
 */

/** The longest side of a thumbnail, in pixels, as the server makes it. */
const THUMBNAIL = 320;
/** An image is shown at least as wide and high, in pixels, so that it can be hit. */
const LEAST = 72;

const pathOf = ({ attachment_id: id }) => `/attachments/${id}`;

/**
 * An image: its thumbnail in a place of its size, so that nothing moves when it comes. It opens when pressed.
 * @param {import('../../chatchat.js').Chatchat} chat
 * @param {import('../../chatchat/types.js').AttachmentContent} content
 * @param {Blob | null} [blob] the image itself, if it is here
 */
export function imageBody(chat, content, blob) {
  const image = h('img', { alt: '', decoding: 'async', draggable: false });
  const frame = h('span', { class: 'image-frame' }, image);
  proportion(frame, content);
  const label = t('talk.image_open', { name: content.name });
  const button = h('button', { type: 'button', class: 'image', 'aria-label': label, onclick: () => enlarge(chat, content) }, frame);
  show(image, blob ? Promise.resolve(URL.createObjectURL(blob)) : chat.blobUrl(`${pathOf(content)}/thumbnail`), Boolean(blob))
    .catch(() => fill(frame, icon('image'), h('span', { class: 'image-missing' }, t('talk.image_failed'))));
  return button;
}

/**
 * An image that is on its way.
 * @param {Blob} blob
 * @param {string} name
 */
export function imageOnItsWay(blob, name) {
  const image = h('img', { alt: t('talk.image', { name }), draggable: false });
  const frame = h('span', { class: 'image-frame unsized' }, image);
  show(image, Promise.resolve(URL.createObjectURL(blob)), true).catch(() => fill(frame, icon('image')));
  return frame;
}

/**
 * A file, which is fetched when pressed.
 * @param {import('../../chatchat.js').Chatchat} chat
 * @param {import('../../chatchat/types.js').AttachmentContent} content
 */
export function fileBody(chat, content) {
  const label = t('talk.file_download', { name: content.name, size: size(content.size) });
  const button = h(
    'button',
    { type: 'button', class: 'file', 'aria-label': label, onclick: () => download(chat, content, button) },
    fileParts(content, 'download'),
  );
  return button;
}

/**
 * A file that is on its way.
 * @param {{ name: string, size: number }} content
 */
export const fileOnItsWay = (content) => h('div', { class: 'file' }, fileParts(content, 'file'));

const fileParts = ({ name, size: bytes }, mark) => [
  h('span', { class: 'file-mark' }, icon(mark)),
  h('span', { class: 'file-words' }, h('bdi', { class: 'file-name' }, name), h('span', { class: 'file-size' }, size(bytes))),
];

async function download(chat, content, button) {
  if (button.ariaBusy === 'true') return;
  button.ariaBusy = 'true';
  try {
    const href = await chat.blobUrl(pathOf(content));
    h('a', { href, download: content.name }).click();
  } catch (problem) {
    toastProblem(problem);
  } finally {
    button.ariaBusy = null;
  }
}

/** Shows the image as large as the screen allows. */
function enlarge(chat, content) {
  const stage = h('div', { class: 'stage' }, h('div', { class: 'loading', role: 'status' }, icon('loader-circle')));
  const save = h(
    'button',
    { type: 'button', class: 'button', onclick: () => download(chat, content, save) },
    icon('download'),
    t('talk.download'),
  );
  const path = pathOf(content);
  openDialog({ title: content.name, content: [stage, save], class: 'lightbox', onClose: () => chat.releaseUrl(path) });
  const image = h('img', { alt: t('talk.image', { name: content.name }) });
  show(image, chat.blobUrl(path)).then(() => fill(stage, image), (problem) => {
    fill(stage, h('p', { role: 'alert' }, t('talk.image_failed')));
    if (problem?.code) toastProblem(problem);
  });
}

/**
 * Gives the image its source; resolves when it can be seen.
 * @param {HTMLImageElement} image
 * @param {Promise<string>} source
 * @param {boolean} [once] nobody else needs the address of the source
 */
async function show(image, source, once = false) {
  image.src = await source;
  try {
    await image.decode();
  } finally {
    if (once) URL.revokeObjectURL(image.src);
  }
}

/** Gives the frame the proportions of the image, within those of a thumbnail. */
function proportion(frame, { width, height }) {
  if (!width || !height) return frame.classList.add('unsized');
  const scale = Math.min(1, THUMBNAIL / width, THUMBNAIL / height);
  const [wide, high] = [width, height].map((side) => Math.max(LEAST, Math.round(side * scale)));
  frame.style.width = `${wide}px`;
  frame.style.aspectRatio = `${wide} / ${high}`;
}
