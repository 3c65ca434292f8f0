import { openDialog } from '../base/dialog.js';
import { fill, h } from '../base/dom.js';
import { icon } from '../base/icons.js';
import { toastProblem } from '../base/toast.js';
import { t } from '../base/words.js';
import { size } from './amounts.js';

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
 */
export function imageBody(chat, content) {
  const image = h('img', { alt: '', decoding: 'sync', draggable: false });
  const frame = h('span', { class: 'image-frame' }, image);
  proportion(frame, content);
  const label = t('talk.image_open', { name: content.name });
  const props = { type: 'button', class: 'image', 'aria-label': label, 'data-id': content.attachment_id, onclick: () => enlarge(chat, content) };
  const button = h('button', props, frame);
  fetched(chat, `${pathOf(content)}/thumbnail`, image)
    .catch(() => {
      button.classList.add('failed');
      fill(frame, icon('image'), h('span', { class: 'image-missing' }, t('talk.image_failed')));
    });
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
  const url = URL.createObjectURL(blob);
  const resize = () => proportion(frame, { width: image.naturalWidth, height: image.naturalHeight });
  show(image, url).then(resize, () => fill(frame, icon('image'))).finally(() => URL.revokeObjectURL(url));
  return frame;
}

/**
 * A file, which is fetched when pressed.
 * @param {import('../../chatchat.js').Chatchat} chat
 * @param {import('../../chatchat/types.js').AttachmentContent} content
 */
export function fileBody(chat, content) {
  const props = { type: 'button', class: 'file', title: t('talk.download'), onclick: () => download(chat, content, button) };
  const button = h('button', props, h('span', { class: 'unseen' }, t('talk.download')), fileParts(content, 'download'));
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
    chat.releaseUrl(pathOf(content));
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
  openDialog({ title: content.name, content: [stage, save], class: 'lightbox' });
  const image = h('img', { alt: t('talk.image', { name: content.name }) });
  fetched(chat, pathOf(content), image).then(() => fill(stage, image), (problem) => {
    fill(stage, h('p', { role: 'alert' }, t('talk.image_failed')));
    if (problem?.code) toastProblem(problem);
  });
}

/**
 * Fetches the image; resolves when it can be seen.
 * @param {import('../../chatchat.js').Chatchat} chat
 * @param {string} path
 * @param {HTMLImageElement} image
 */
async function fetched(chat, path, image) {
  try {
    await show(image, await chat.blobUrl(path));
  } finally {
    chat.releaseUrl(path); // what is decoded stays to be seen
  }
}

/**
 * @param {HTMLImageElement} image
 * @param {string} url
 */
function show(image, url) {
  image.src = url;
  return image.decode();
}

/** Gives the frame the proportions of the image, within those of a thumbnail. */
function proportion(frame, { width, height }) {
  frame.classList.toggle('unsized', !width || !height);
  if (!width || !height) return;
  const scale = Math.min(1, THUMBNAIL / width, THUMBNAIL / height);
  const [wide, high] = [width, height].map((side) => Math.max(LEAST, Math.round(side * scale)));
  frame.style.width = `${wide}px`;
  frame.style.aspectRatio = `${wide} / ${high}`;
}
