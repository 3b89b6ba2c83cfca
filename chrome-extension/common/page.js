/** What the popup and the panel share: finding elements, and the tab that they are about. */

/**
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T} The element with this id, which the page is written with.
 */
export function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`expected a ${type.name} with the id ${id}`);
  return found;
}

/**
 * The page may be opened in a tab of its own, with the tab that it is about in its address.
 *
 * @returns {number | null}
 */
export function tabInAddress() {
  const given = new URLSearchParams(location.search).get('tab');
  return given !== null && /^\d+$/.test(given) ? Number(given) : null;
}

/** @returns {Promise<chrome.tabs.Tab | null>} The tab that this page is about. */
export async function subject() {
  const given = tabInAddress();
  if (given !== null) return chrome.tabs.get(given).catch(() => null);
  const [active] = await chrome.tabs.query({ active: true, currentWindow: true });
  return active ?? null;
}

/**
 * @param {number} tabId
 * @returns {Promise<boolean>} Whether the widget is in the tab's page now.
 */
export async function isShown(tabId) {
  try {
    return (await chrome.tabs.sendMessage(tabId, { type: 'state' })) === true;
  } catch {
    return false; // No part of this extension is in the page.
  }
}

/**
 * @param {HTMLElement} place
 * @param {import('./messages.js').Outcome} outcome
 */
export function say(place, { ok, message }) {
  place.textContent = message;
  place.classList.toggle('good', ok);
  place.classList.toggle('bad', !ok);
}
