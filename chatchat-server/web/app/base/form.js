import { fill, h, uniqueId } from './dom.js';
import { icon } from './icons.js';
import { explain, explainViolation } from './problems.js';
import { t } from './words.js';

/**
 * Forms whose problems are told beside the field that caused them.
 */

/**
 * @typedef {object} FieldOptions
 * @property {string} name as the API names it
 * @property {string} label
 * @property {string} [hint]
 * @property {string} [type] of the input; `textarea` for several lines
 * @property {[value: string, label: string][]} [options] makes it a choice
 * @property {number} [min] how many characters it must have, for the words about it
 * @property {number} [max] how many it may have, for the words about it
 * @property {Node} [after] stands beside the input
 */

/**
 * A labelled input. All other options are props of the input.
 * @param {FieldOptions & Record<string, any>} options
 * @returns {HTMLElement}
 */
export function field({ name, label, hint, type = 'text', options, min, max, after, ...props }) {
  const [id, hintId, errorId] = [uniqueId(name), uniqueId('hint'), uniqueId('error')];
  const described = hint ? `${hintId} ${errorId}` : errorId;
  const all = { id, name, 'aria-describedby': described, ...props };
  const { value, ...rest } = all;
  const input = options
    ? h(
        'select',
        rest,
        options.map(([key, text]) => h('option', { value: key }, text)),
      )
    : type === 'textarea'
      ? h('textarea', { rows: 3, ...rest })
      : h('input', { type, ...rest });
  if (value !== undefined) input.value = value;
  const beside = type === 'password' ? revealer(input) : after;
  const box = h(
    'div',
    { class: 'field' },
    h('label', { htmlFor: id }, label),
    beside ? h('div', { class: 'beside' }, input, beside) : input,
    hint && h('p', { class: 'hint', id: hintId }, hint),
    h('p', { class: 'error', id: errorId, hidden: true }),
  );
  limits.set(input, { min, max });
  return box;
}

/**
 * A switch with its label.
 * @param {{ name: string, label: string, hint?: string, checked: boolean, onchange?: (event: Event) => void }} options
 */
export function toggle({ name, label, hint, checked, onchange }) {
  const hintId = uniqueId('hint');
  const input = h('input', {
    type: 'checkbox',
    role: 'switch',
    name,
    checked,
    onchange,
    'aria-describedby': hint && hintId,
  });
  return h(
    'label',
    { class: 'toggle' },
    h('span', { class: 'toggle-words' }, label, hint && h('span', { class: 'hint', id: hintId }, hint)),
    input,
  );
}

/**
 * A form. Its problems stand beside the field they are about, all others above its button.
 * @param {object} options
 * @param {any[]} options.fields
 * @param {string} options.submit what its button says
 * @param {(values: Record<string, string>, form: HTMLFormElement) => Promise<void> | void} options.onSubmit
 * @param {Record<string, string>} [options.about] problem code → the field that it is about
 * @param {Record<string, string>} [options.words] problem code → the key of other words for it than the usual ones
 * @param {any} [options.beside] stands beside the button
 * @param {boolean} [options.danger]
 * @returns {HTMLFormElement}
 */
export function form({ fields, submit, onSubmit, about, words, beside, danger = false }) {
  const general = h('p', { class: 'error general', role: 'alert', hidden: true });
  const button = h('button', { type: 'submit', class: danger ? 'button danger' : 'button primary' }, submit);
  const element = h(
    'form',
    { noValidate: true, class: 'form', onsubmit: send, oninput: ({ target }) => clearError(target) },
    fields,
    general,
    h('div', { class: 'actions' }, button, beside),
  );
  return element;

  async function send(event) {
    event.preventDefault();
    if (element.ariaBusy === 'true') return;
    clearErrors(element);
    if (!hasRequired(element)) return;
    setBusy(true);
    try {
      await onSubmit(valuesOf(element), element);
    } catch (problem) {
      showProblem(element, problem, { about, words });
    } finally {
      setBusy(false);
    }
  }

  function setBusy(busy) {
    element.ariaBusy = String(busy);
    button.classList.toggle('busy', busy);
  }
}

/** What stands in the fields. */
export const valuesOf = (element) => Object.fromEntries(new FormData(element));

/**
 * Shows a problem in a form.
 * @param {HTMLFormElement} element
 * @param {any} problem
 * @param {{ about?: Record<string, string>, words?: Record<string, string> }} [options] as {@link form} takes them
 */
export function showProblem(element, problem, { about = {}, words = {} } = {}) {
  const text = words[problem?.code] ? t(words[problem.code]) : null;
  const left = (problem?.errors ?? []).filter((violation) => {
    const input = element.elements.namedItem(violation.field.split('.').at(-1));
    if (input) showError(input, explainViolation(violation, limits.get(input)));
    return !input;
  });
  const input = element.elements.namedItem(about[problem?.code] ?? '');
  if (input) showError(input, text ?? explain(problem));
  else if (!problem?.errors?.length || left.length)
    showGeneral(element, text ?? explain(left.length ? { ...problem, errors: left } : problem));
  element.querySelector('[aria-invalid=true]')?.focus();
}

const limits = new WeakMap();

function showGeneral(element, text) {
  const general = element.querySelector('.error.general');
  general.hidden = false;
  fill(general, icon('circle-alert'), h('span', null, text));
}

function showError(input, text) {
  const error = errorOf(input);
  input.ariaInvalid = 'true';
  error.hidden = false;
  fill(error, icon('circle-alert'), h('span', null, text));
}

function clearError(input) {
  if (input.ariaInvalid !== 'true') return;
  input.ariaInvalid = null;
  errorOf(input).hidden = true;
}

function clearErrors(element) {
  for (const input of element.elements) clearError(input);
  element.querySelector('.error.general').hidden = true;
}

const errorOf = (input) => document.getElementById(input.getAttribute('aria-describedby').split(' ').at(-1));

function hasRequired(element) {
  const missing = [...element.elements].filter((input) => input.required && !input.value.trim());
  for (const input of missing) showError(input, t('invalid.required'));
  missing[0]?.focus();
  return missing.length === 0;
}

function revealer(input) {
  const button = h(
    'button',
    {
      type: 'button',
      class: 'icon-button',
      'aria-label': t('form.show_password'),
      'aria-pressed': false,
      onclick: reveal,
    },
    icon('eye'),
  );
  return button;

  function reveal() {
    const shown = input.type === 'password';
    input.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
    fill(button, icon(shown ? 'eye-off' : 'eye'));
  }
}
