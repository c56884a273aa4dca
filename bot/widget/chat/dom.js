/**
 * Small DOM helpers. Everything a patient or server wrote becomes a text node, never markup.
 *
 * Host pages are known to replace methods of Array.prototype, so the widget's modules use loops, Set and Map
 * instead (tests/widget holds this).
 */

const SVG = 'http://www.w3.org/2000/svg';

/** Characters that reorder or hide neighbouring text; each text is isolated by dir="auto" instead. */
const BIDI_CONTROLS = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g;

/** Text that is safe to show: bidi controls removed, other control characters but line breaks too. */
export function plain(text) {
  return String(text ?? '')
    .replace(BIDI_CONTROLS, '')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '');
}

/**
 * An element: `h('button', { class: 'x', onclick: fn }, 'text', node, null)`.
 * Functions become listeners, true/false/null attributes are set empty or left out.
 */
export function h(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children) if (child !== null && child !== undefined && child !== false) node.append(child);
  return node;
}

/** A paragraph-like element of untrusted text, in its own direction. */
export function words(tag, text, attributes) {
  return h(tag, { dir: 'auto', ...attributes }, plain(text));
}

const ICONS = {
  chat: 'M4 5h16v11H9l-5 4z',
  close: 'M6 6l12 12M18 6L6 18',
  menu: 'M12 5v.01M12 12v.01M12 19v.01',
  send: 'M5 12h13M13 6l6 6-6 6',
  phone: 'M6 3h4l1.5 5-2.5 1.5a12 12 0 0 0 5.5 5.5L16 12.5l5 1.5v4c0 2-1.5 3-3 3C10.5 21 3 13.5 3 6c0-1.5 1-3 3-3z',
  down: 'M12 5v13M6 13l6 6 6-6',
  check: 'M5 13l4.5 4.5L19 7',
  emergency: 'M8 3h8l5 5v8l-5 5H8l-5-5V8zM12 7v6M12 17v.01',
  urgent: 'M12 3l10 18H2zM12 10v5M12 18v.01',
  contact_clinic: 'M3 5h18v12H10l-4 4v-4H3zM8 11h8',
  self_care: 'M3 11l9-8 9 8v10H3zM9 15l2 2 4-4',
  crisis: 'M12 20S3 14.5 3 8.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 9 1.5C21 14.5 12 20 12 20z',
};

/** A decorative line icon of 24 px; the words beside it carry the meaning. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** A link that dials; null unless the number is one. */
export function telephone(label, tel, attributes) {
  const digits = String(tel ?? '').replace(/[^\d+*#,;]/g, '');
  if (!digits) return null;
  return h('a', { href: `tel:${digits}`, ...attributes }, icon('phone'), words('span', label || tel));
}

/** Append to a list without Array.prototype.push, see above. */
export function add(list, item) {
  list[list.length] = item;
}

/** A copy of a list without one item. */
export function without(list, item) {
  const rest = [];
  for (const other of list) if (other !== item) add(rest, other);
  return rest;
}

/** The items of a list as one string. */
export function joined(list, separator) {
  let text = '';
  for (const item of list ?? []) text += (text ? separator : '') + plain(item);
  return text;
}

/** An identifier for a message, also where crypto.randomUUID is missing (pages without https). */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  let text = '';
  for (let index = 0; index < 16; index++) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += bytes[index].toString(16).padStart(2, '0');
  }
  return text;
}
