/** The popup: where the server is, how the widget is to look, and whether it is shown. */

import { send } from '../common/messages.js';
import { element, isShown, say, subject } from '../common/page.js';
import { DEFAULTS, isComplete, loadSettings, originPattern, saveSettings, validated } from '../common/settings.js';
import { choose, loadSites } from '../common/sites.js';

/** @typedef {import('../common/settings.js').Settings} Settings */

const PLACEMENTS_WITHOUT_INPUT = ['end', 'float', 'none'];
const PLACEMENT_LABELS = { paragraph: 'Paragraph’s number', selector: 'Its CSS selector' };
const TEXT_FIELDS = /** @type {const} */ (['server', 'apiKey', 'count', 'language']);
const VALIDATED_FIELDS = /** @type {const} */ ([...TEXT_FIELDS, 'placement', 'theme']);

const form = element('settings', HTMLFormElement);
const where = element('where', HTMLSelectElement);
const placement = element('placement', HTMLInputElement);
const theme = element('theme', HTMLSelectElement);
const debug = element('debug', HTMLInputElement);
const status = element('status', HTMLElement);
const pageStatus = element('page-status', HTMLElement);
const showSwitch = element('show', HTMLInputElement);
const alwaysSwitch = element('always', HTMLInputElement);

/** @type {chrome.tabs.Tab | null} */
let tab = null;
let saved = await loadSettings();

fill(saved);
tab = await subject();
await describePage();
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void save();
});
where.addEventListener('change', () => {
  placement.value = where.value === 'paragraph' ? DEFAULTS.placement : '';
  arrangePlacement();
});
element('test', HTMLButtonElement).addEventListener('click', () => void test());
element('panel', HTMLButtonElement).addEventListener('click', () => void openPanel());
showSwitch.addEventListener('change', () => void switchShown());
alwaysSwitch.addEventListener('change', () => void switchAlways());
document.body.dataset['ready'] = 'true';

/** @param {Settings} settings */
function fill(settings) {
  for (const name of TEXT_FIELDS) element(name, HTMLInputElement).value = settings[name];
  theme.value = settings.theme;
  debug.checked = settings.debug;
  const isNumber = /^\d+$/.test(settings.placement);
  const isWord = PLACEMENTS_WITHOUT_INPUT.includes(settings.placement);
  where.value = isNumber ? 'paragraph' : isWord ? settings.placement : 'selector';
  placement.value = isWord ? '' : settings.placement;
  arrangePlacement();
  element('welcome', HTMLElement).hidden = isComplete(settings);
}

function arrangePlacement() {
  const kind = where.value;
  element('placement-field', HTMLElement).hidden = PLACEMENTS_WITHOUT_INPUT.includes(kind);
  if (kind !== 'paragraph' && kind !== 'selector') return;
  element('placement-label', HTMLElement).textContent = PLACEMENT_LABELS[kind];
}

/** @returns {Settings} */
function typed() {
  return {
    server: element('server', HTMLInputElement).value,
    apiKey: element('apiKey', HTMLInputElement).value,
    count: element('count', HTMLInputElement).value,
    language: element('language', HTMLInputElement).value,
    placement: PLACEMENTS_WITHOUT_INPUT.includes(where.value) ? where.value : placement.value,
    theme: /** @type {Settings['theme']} */ (theme.value),
    debug: debug.checked,
  };
}

/** @returns {Settings | null} What was typed, if all of it is valid; otherwise the form says what is not. */
function accepted() {
  const { settings, errors } = validated(typed());
  if (where.value === 'paragraph' && !errors.placement && !/^\d+$/.test(settings.placement)) {
    errors.placement = 'Enter the paragraph’s number.';
  }
  if (where.value === 'selector' && !errors.placement && /^\d+$|^(end|float|none)$/.test(settings.placement)) {
    errors.placement = 'Enter a CSS selector.';
  }
  for (const name of VALIDATED_FIELDS) {
    const field = element(name, HTMLElement);
    const wrong = errors[name] ?? '';
    element(`${name}-error`, HTMLElement).textContent = wrong;
    field.setAttribute('aria-invalid', String(wrong !== ''));
    field.setAttribute('aria-describedby', `${name}-error`);
  }
  const first = VALIDATED_FIELDS.find((name) => errors[name]);
  if (!first) return settings;
  say(status, { ok: false, message: 'Nothing was saved: something above needs your attention.' });
  element(first, HTMLElement).focus();
  return null;
}

/** @returns {Promise<boolean>} Whether the settings are stored and the server may be contacted. */
async function save() {
  const settings = accepted();
  if (!settings) return false;
  const before = saved;
  // Chrome may close the popup while it asks for the permission, so the settings are stored first.
  await saveSettings(settings);
  saved = settings;
  fill(settings);
  if (!(await allowed(settings.server))) {
    const message = 'Saved, but Chrome may not let the extension talk to this server yet. Save again to be asked.';
    say(status, { ok: false, message });
    return false;
  }
  if (before.server && before.server !== settings.server) await giveUp(before.server);
  say(status, { ok: true, message: 'Saved.' });
  if (tab?.id !== undefined && (await isShown(tab.id))) await send({ type: 'show', tabId: tab.id });
  await describePage();
  return true;
}

/**
 * @param {string} address
 * @returns {Promise<boolean>} Whether the extension may contact its origin; asks if need be.
 */
async function allowed(address) {
  try {
    return await chrome.permissions.request({ origins: [originPattern(address)] });
  } catch {
    return false;
  }
}

/**
 * Hands back the permission for an address that nothing needs any more.
 *
 * @param {string} address
 */
async function giveUp(address) {
  const { origin } = new URL(address);
  const isSite = (await loadSites()).includes(origin);
  const isServer = saved.server !== '' && new URL(saved.server).origin === origin;
  if (isSite || isServer) return;
  await chrome.permissions.remove({ origins: [originPattern(address)] }).catch(() => undefined);
}

async function test() {
  if (!(await save())) return;
  say(status, { ok: true, message: 'Asking the server …' });
  say(status, await send({ type: 'test', tabId: tab?.id ?? null, url: site() ? (tab?.url ?? '') : '' }));
}

/** @returns {string | null} Origin of the tab's page, if it is one that can be tested and its address may be seen. */
function site() {
  const address = tab?.url ?? '';
  return /^https?:/.test(address) ? new URL(address).origin : null;
}

async function describePage() {
  const origin = site();
  const ready = tab?.id !== undefined && isComplete(saved);
  const address = element('page-address', HTMLElement);
  address.textContent = tab?.url ?? 'Its address is known once you click the extension’s button on it.';
  if (tab?.url && !origin) address.textContent = 'Extensions cannot be used on this page. Open one of a site.';
  // Whoever uses a switch before it shows what is so would have it turned back.
  showSwitch.disabled = true;
  alwaysSwitch.disabled = true;
  showSwitch.checked = tab?.id !== undefined && (await isShown(tab.id));
  if (origin) await describeSite(origin);
  showSwitch.disabled = !ready || Boolean(tab?.url && !origin);
  alwaysSwitch.disabled = !ready || !origin;
}

/** @param {string} origin */
async function describeSite(origin) {
  element('always-label', HTMLElement).textContent = `Always on ${new URL(origin).host}`;
  const chosen = (await loadSites()).includes(origin);
  alwaysSwitch.checked = chosen && (await chrome.permissions.contains({ origins: [originPattern(origin)] }));
  if (chosen && !alwaysSwitch.checked) await choose(origin, false); // Refused, or taken back in Chrome's settings.
}

async function switchShown() {
  if (tab?.id === undefined) return;
  const outcome = await send({ type: showSwitch.checked ? 'show' : 'hide', tabId: tab.id });
  if (!outcome.ok) showSwitch.checked = false;
  say(pageStatus, outcome);
}

async function switchAlways() {
  const origin = site();
  if (tab?.id === undefined || !origin) return;
  const wanted = alwaysSwitch.checked;
  // Stored before asking: should the popup be closed by the question, the service worker still does what was chosen.
  await choose(origin, wanted);
  if (wanted && !(await allowed(origin))) {
    await choose(origin, false);
    alwaysSwitch.checked = false;
    return say(pageStatus, { ok: false, message: 'Chrome was not allowed to let the extension into this site.' });
  }
  const arranged = await send({ type: 'sites' });
  if (!arranged.ok) return say(pageStatus, arranged);
  if (wanted) {
    say(pageStatus, { ok: true, message: 'The widget is shown on every page of this site.' });
    if (!(await isShown(tab.id))) say(pageStatus, await send({ type: 'show', tabId: tab.id }));
  } else {
    await giveUp(origin);
    say(pageStatus, { ok: true, message: 'The widget is no longer shown by itself on this site.' });
  }
  showSwitch.checked = await isShown(tab.id);
}

async function openPanel() {
  if (tab?.windowId === undefined) return;
  try {
    await chrome.sidePanel.open({ windowId: tab.windowId });
  } catch {
    // No room for a side panel, as in an app's window: a tab of its own does as well.
    await chrome.tabs.create({ url: chrome.runtime.getURL(`panel/panel.html?tab=${tab.id}`) });
  }
}
