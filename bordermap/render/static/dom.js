/** @file Building the page's nodes. Text enters by textContent only; nothing here parses markup. */

/**
 * An element with attributes, listeners (`onclick: fn`) and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [attributes] `text` sets textContent; false and null are left out
 * @param {...(Node|string|null)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name === 'text') node.textContent = String(value);
    else if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * The address when it is http or https, else an empty text.
 * @param {string} text
 */
export function safeAddress(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : '';
  } catch {
    return '';
  }
}

/**
 * A link to a source, or plain text when the address cannot be trusted to be one.
 * @param {string} address
 * @param {string} label
 */
export function safeLink(address, label) {
  const href = safeAddress(address);
  if (!href) return element('span', { dir: 'auto', text: label || address });
  return element('a', {
    href, target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'auto', text: label || href,
  });
}

/**
 * Content of an inert data block.
 * @param {string} id
 */
export function blockText(id) {
  const block = document.getElementById(id);
  if (!block) throw new Error(`the page lacks its block ${id}`);
  return block.textContent;
}

/** @param {string} id */
export function blockJson(id) {
  return JSON.parse(blockText(id));
}

/**
 * Call `action` once, `delay` ms after the last of a series of calls.
 * @param {() => void} action
 * @param {number} delay
 */
export function afterQuiet(action, delay) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(action, delay);
  };
}

/** Px that go with the reader's size of text. @param {number} px at the usual size */
export function scaled(px) {
  return px * parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

/** True where the reader asked for less motion. */
export function prefersStillness() {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
