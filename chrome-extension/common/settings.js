/**
 * What the integrator sets, how it is checked, and where it is kept.
 *
 * @typedef {object} Settings
 * @property {string} server Address of the BlogQA server without a trailing slash; "" before the first use.
 * @property {string} apiKey The publisher's key.
 * @property {string} placement Number of a paragraph, "end", "float", "none" or a CSS selector.
 * @property {string} count How many questions to show; "" leaves it to the widget.
 * @property {'auto' | 'light' | 'dark'} theme
 * @property {string} language BCP 47 tag; "" leaves it to the page.
 * @property {boolean} debug Whether the widget writes to the page's console.
 */

/** @typedef {Partial<Record<keyof Settings, string>>} FieldErrors What is wrong, by field; empty when all is well. */

/** @type {Readonly<Settings>} */
export const DEFAULTS = Object.freeze({
  server: '',
  apiKey: '',
  placement: '3',
  count: '',
  theme: 'auto',
  language: '',
  debug: false,
});

const API_ROOT = '/api/v1/';
const MAX_LENGTH = 200;
const MAX_PARAGRAPH = 999;
const MAX_COUNT = 12;
const KEY_PREFIX = 'pub_';
const THEMES = ['auto', 'light', 'dark'];

/**
 * @param {unknown} stored
 * @returns {Settings} Complete settings, whatever an earlier version has stored.
 */
export function settingsFrom(stored) {
  const given = /** @type {Record<string, unknown>} */ (stored && typeof stored === 'object' ? stored : {});
  const known = Object.entries(DEFAULTS).map(([name, standard]) => [
    name,
    typeof given[name] === typeof standard ? given[name] : standard,
  ]);
  return /** @type {Settings} */ (Object.fromEntries(known));
}

/**
 * @param {Settings} settings
 * @returns {boolean} Whether there is a server to talk to.
 */
export function isComplete(settings) {
  return settings.server !== '' && settings.apiKey !== '';
}

/**
 * Brings what was typed into the form in which it is stored.
 *
 * @param {Settings} typed
 * @returns {{settings: Settings, errors: FieldErrors}}
 */
export function validated(typed) {
  /** @type {FieldErrors} */
  const errors = {};
  const settings = { ...typed };
  for (const name of /** @type {const} */ (['apiKey', 'placement', 'count', 'language'])) {
    settings[name] = typed[name].trim();
  }
  const server = serverAddress(typed.server);
  if (server.error) errors.server = server.error;
  settings.server = server.address;
  const checks = {
    apiKey: keyError(settings.apiKey),
    placement: placementError(settings.placement),
    count: countError(settings.count),
    theme: THEMES.includes(settings.theme) ? '' : 'Choose one of the themes.',
    language: languageError(settings.language),
  };
  for (const [name, error] of Object.entries(checks)) {
    if (error) errors[/** @type {keyof Settings} */ (name)] = error;
  }
  return { settings, errors };
}

/**
 * @param {string} typed
 * @returns {{address: string, error: string}} The address without a trailing slash, or what is wrong with it.
 */
function serverAddress(typed) {
  const given = typed.trim();
  const refused = (/** @type {string} */ error) => ({ address: given, error });
  if (!given) return refused('Enter the server’s address, for example http://127.0.0.1:8005.');
  if (!/^https?:\/\//i.test(given)) return refused('The address must begin with http:// or https://.');
  if (!URL.canParse(given)) return refused('This is not a valid address.');
  const url = new URL(given);
  if (url.username || url.password) return refused('Leave the user name and password out of the address.');
  if (url.search || url.hash) return refused('Leave out what follows ? or # in the address.');
  const path = url.pathname.replace(/\/+$/, '');
  if (/\/api\/v1$/.test(path)) return refused('Leave /api/v1 out: only the server’s own address is needed.');
  return { address: url.origin + path, error: '' };
}

/** @param {string} key */
function keyError(key) {
  if (!key) return 'Enter the publisher’s key; the operator of the server has it.';
  if (!key.startsWith(KEY_PREFIX)) return `A publisher’s key begins with ${KEY_PREFIX}. No other key belongs here.`;
  if (!/^pub_[\w-]+$/.test(key) || key.length > MAX_LENGTH) return 'This key is not complete or has a stray character.';
  return '';
}

/** @param {string} placement */
function placementError(placement) {
  if (!placement) return 'Say where the questions are to appear.';
  if (/^-?[\d.]+$/.test(placement)) {
    const paragraph = Number(placement);
    const fits = Number.isInteger(paragraph) && paragraph >= 1 && paragraph <= MAX_PARAGRAPH;
    return fits ? '' : `The paragraph’s number must be between 1 and ${MAX_PARAGRAPH}.`;
  }
  if (['end', 'float', 'none'].includes(placement)) return '';
  if (placement.length > MAX_LENGTH || !isSelector(placement)) return 'This is not a valid CSS selector.';
  return '';
}

/** @param {string} text */
function isSelector(text) {
  try {
    document.createDocumentFragment().querySelector(text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} count */
function countError(count) {
  if (!count) return '';
  const fits = /^\d{1,2}$/.test(count) && Number(count) >= 1 && Number(count) <= MAX_COUNT;
  return fits ? '' : `The number of questions must be between 1 and ${MAX_COUNT}, or empty.`;
}

/** @param {string} language */
function languageError(language) {
  return !language || /^[a-z]{2,3}(-[a-z0-9]{2,8})*$/i.test(language) ? '' : 'Use a language tag such as en or pt-BR.';
}

/**
 * The one rule about where requests may go.
 *
 * @param {Settings} settings
 * @param {unknown} address
 * @returns {URL | null} The address if it is below the server's API, else null.
 */
export function apiUrl(settings, address) {
  if (!settings.server || typeof address !== 'string' || !URL.canParse(address)) return null;
  const url = new URL(address); // Parsing resolves "..", so the path below is the one requested.
  const server = new URL(settings.server);
  const root = server.pathname.replace(/\/$/, '') + API_ROOT;
  const inside = url.origin === server.origin && url.pathname.startsWith(root) && !url.username && !url.password;
  // An encoded slash may become one behind a proxy, and what is before it a step up.
  return inside && !/%(2f|5c)/i.test(url.pathname) ? url : null;
}

/**
 * @param {Settings} settings
 * @param {string} path Below /api/v1/.
 * @returns {string}
 */
export function apiAddress(settings, path) {
  return settings.server + API_ROOT + path;
}

/**
 * @param {string} address
 * @returns {string} The match pattern of an address's origin: what is asked permission for.
 */
export function originPattern(address) {
  return `${new URL(address).origin}/*`;
}

/**
 * What the widget in a page is told. The key is not among it: the service worker adds it to each request.
 *
 * @param {Settings} settings
 * @returns {import('./messages.js').WidgetConfig}
 */
export function widgetConfig(settings) {
  return {
    apiBaseUrl: settings.server,
    placement: /^\d+$/.test(settings.placement) ? Number(settings.placement) : settings.placement,
    ...(settings.count && { count: Number(settings.count) }),
    ...(settings.theme !== 'auto' && { theme: settings.theme }),
    ...(settings.language && { language: settings.language }),
    debugMode: settings.debug,
  };
}

const STORED_AS = 'settings';

/** @returns {Promise<Settings>} */
export async function loadSettings() {
  const stored = await chrome.storage.local.get(STORED_AS);
  return settingsFrom(stored[STORED_AS]);
}

/** @param {Settings} settings */
export async function saveSettings(settings) {
  await chrome.storage.local.set({ [STORED_AS]: settings });
}
